import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { countDeployed } from '../../cdk/cli/cost/deployed.ts'
import { readDefault } from '../../cdk/cli/cost/measured.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { restOf } from '../../cdk/cli/cost/rest.ts'
import {
  type CreatedServers,
  countServers,
  serverLines,
} from '../../cdk/cli/cost/search/servers.ts'
import { describeLeftOut, whatToSynthesize } from '../../cdk/cli/own-scene.ts'
import { readScene } from '../../cdk/config.ts'
import { mirroredSceneFile } from '../cdk/mirrored-scene.ts'
import { temporaryFolder } from '../cdk/temporary-folder.ts'

const { prices } = readPrices('us-east-1')
const MONTH_HOURS = (365 / 12) * 24
const billed = (servers: CreatedServers) =>
  serverLines(servers, prices).map(({ what, quantity, price }) => [what, quantity, price])

describe('The bill of created servers', () => {
  test('Domains cost their hours and volumes', () => {
    const domains = [
      { instanceType: 'r6g.large.search', instances: 2, volumeGib: 20 },
      { instanceType: 'r6g.large.search', instances: 3, volumeGib: 100 },
      { instanceType: 't3.small.search', instances: 1, volumeGib: 10 },
    ]
    expect(billed({ domains, ocus: 0 })).toEqual([
      ['hours of r6g.large.search', 5 * MONTH_HOURS, 0.167],
      ['hours of t3.small.search', MONTH_HOURS, 0.036],
      ['GiB-months of volumes', 350, 0.122],
    ])
  })

  test('Collections cost at least their units, and nothing costs nothing', () => {
    expect(billed({ domains: [], ocus: 3 })).toEqual([
      ['OCU-hours, at least', 3 * MONTH_HOURS, 0.24],
    ])
    expect(billed({ domains: [], ocus: 0 })).toEqual([])
  })

  test('An instance type without a price is refused', () => {
    const domains = [{ instanceType: 'x9.large.search', instances: 2, volumeGib: 20 }]
    expect(() => serverLines({ domains, ocus: 0 }, prices)).toThrow(
      '--prices: the list has no price of x9.large.search',
    )
  })

  test('Templates say which servers a deployment creates', () => {
    const sceneFile = mirroredSceneFile({ create: 'domain', instances: 3 })
    const deployed = countDeployed({ scenes: 'feed', sceneFile })
    expect(deployed.servers).toEqual({
      domains: [{ instanceType: 'r6g.large.search', instances: 3, volumeGib: 20 }],
      ocus: 0,
    })
    const lines = restOf(readDefault(), deployed, prices)
    expect(lines.filter(({ service }) => service === 'OpenSearch')).toHaveLength(2)
  })

  test('Collections share their units, and a standby doubles them', () => {
    const unitsOf = (...standbys: string[]): number =>
      countServers((type) =>
        type.endsWith('Collection') ? standbys.map((StandbyReplicas) => ({ StandbyReplicas })) : [],
      ).ocus
    expect(unitsOf()).toBe(0)
    expect(unitsOf('DISABLED', 'DISABLED')).toBe(1)
    expect(unitsOf('ENABLED', 'ENABLED')).toBe(2)
    expect(unitsOf('ENABLED', 'DISABLED')).toBe(3)
  })
})

describe('A created server on one machine', () => {
  const optionsOf = (openSearch?: Record<string, unknown>) => ({
    ...{ scene: 'search', isOwnScene: false, trainingImage: null, out: temporaryFolder() },
    configuration: readScene(mirroredSceneFile(openSearch)),
  })

  test('The machine runs the scene without a server that only AWS has', () => {
    const options = optionsOf({ create: 'domain' })
    const [scenes, sceneFile] = whatToSynthesize(options)
    expect(scenes).toBe('')
    const { search } = JSON.parse(readFileSync(sceneFile!, 'utf8'))
    expect(search.openSearch).toBeUndefined()
    expect(readScene(sceneFile!).search!.fields).toEqual(options.configuration.search!.fields)
  })

  test('The machine says what it leaves out, and what works here', () => {
    const { configuration } = optionsOf({ create: 'collection' })
    expect(describeLeftOut(configuration)).toBe(
      'leaving OpenSearch out: a created collection exists only on AWS; with search.openSearch {"endpoint":"http://localhost:9200","access":"none"} this machine writes to a server of yours',
    )
  })

  test('A server of the user stays', () => {
    const options = optionsOf()
    expect(describeLeftOut(options.configuration)).toBeNull()
    expect(whatToSynthesize(options)).toEqual(['search', undefined, undefined])
  })
})
