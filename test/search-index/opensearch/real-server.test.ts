import { describe } from 'vitest'
import { deliverSuite } from './node/deliver.suite.ts'
import { indexSuite } from './node/index.suite.ts'
import { openServer } from './node/open-server.ts'
import { querySuite } from './node/query.suite.ts'

/** One server for all, because to start one takes longer than most of the tests. */
const { skipped, opened } = await openServer()

describe.skipIf(skipped)(`A real search server${skipped}`, () => {
  describe('An index', () => indexSuite(opened))
  describe('Queries', () => querySuite(opened))
  describe('Deliveries', () => deliverSuite(opened))
})
