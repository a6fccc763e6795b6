import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as keys from '../../../functions/contract/claim-keys.ts'

const scene = fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/)
const digest = fc.stringMatching(/^[0-9a-f]{32}$/)
const generation = fc.stringMatching(/^[0-9a-f]{8}-\d{13}$/)
const n = fc.integer({ min: 0, max: 99_999 })
const claims = fc.record({
  ...{ scene, digest, maker: fc.constantFrom(...keys.CLAIM_MAKERS) },
  madeMs: fc.integer({ min: 0, max: 4e12 }),
})
const shard = fc.record({
  ...{ scene, generation, digest, shard: n, table: fc.constantFrom(...keys.GRAPH_TABLES) },
})
const snapshot = fc.record({ scene, generation, digest, n })
const exported = fc.record({
  ...{ scene, generation, n, name: fc.constantFrom(...keys.GRAPH_EXPORTS) },
})
const answer = fc.record({ scene, digest })

function roundTrips<T>(
  names: fc.Arbitrary<T>,
  keyOf: (name: T) => string,
  parse: (key: string) => T | null,
): void {
  fc.assert(
    fc.property(names, (name) => {
      expect(parse(keyOf(name))).toEqual(name)
      expect(parse(`${keyOf(name)}x`)).toBeNull()
      expect(parse(`x${keyOf(name)}`)).toBeNull()
    }),
  )
}

describe('keys of claims and graphs', () => {
  test('Each key is parsed to the name that it was made of', () => {
    roundTrips(claims, keys.claimsKey, keys.parseClaimsKey)
    roundTrips(claims, keys.claimManifestKey, keys.parseClaimManifestKey)
    roundTrips(shard, keys.graphShardKey, keys.parseGraphShardKey)
    roundTrips(snapshot, keys.graphSnapshotKey, keys.parseGraphSnapshotKey)
    roundTrips(exported, keys.graphExportKey, keys.parseGraphExportKey)
    roundTrips(
      answer,
      ({ scene: s, digest: d }) => keys.modelAnswerKey(s, d),
      keys.parseModelAnswerKey,
    )
  })

  test('A date that is not that of the time is no key', () => {
    const name = { scene: 's', maker: 'catalogue', madeMs: 0, digest: 'a'.repeat(32) } as const
    const key = keys.claimsKey(name)
    expect(key).toContain('date=1970-01-01')
    expect(keys.parseClaimsKey(key.replace('1970-01-01', '1970-01-02'))).toBeNull()
  })

  test('Each table, and the loader, has a folder of its own', () => {
    const name = { scene: 's', generation: '0123abcd-0000000001000', n: 3 } as const
    const folders = keys.GRAPH_EXPORTS.map((file) =>
      keys
        .graphExportKey({ ...name, name: file })
        .split('/')
        .at(-2),
    )
    expect(folders).toEqual(['facts', 'taxonomy', 'neptune', 'neptune'])
  })
})
