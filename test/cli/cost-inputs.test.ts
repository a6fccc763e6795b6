import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { countDeployed } from '../../cdk/cli/cost/deployed.ts'
import { measureRun, readDefault } from '../../cdk/cli/cost/measured.ts'
import { readPriceList, readPrices } from '../../cdk/cli/cost/prices.ts'
import { START_DAYS } from '../../cdk/cli/start/options.ts'
import { stages as declared } from '../../cdk/rooms.ts'
import * as graph from '../../functions/graph/stages.ts'
import { search } from '../../functions/reader/stages.ts'
import * as searchIndex from '../../functions/search-index/stages.ts'
import { temporaryFolder } from '../cdk/temporary-folder.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

const { prices } = readPrices('us-east-1')
/** Stages that a scene without an index or a graph does not deploy. `--search` prices those of an index. */
const OF_OTHERS = new Set<string>(
  [search, ...Object.values(searchIndex), ...Object.values(graph)].map(({ name }) => name),
)
const always = declared.map(({ stage }) => stage).filter(({ name }) => !OF_OTHERS.has(name))

describe('Price lists', () => {
  const shipped = readPriceList()
  const written = (list: unknown): string => {
    const path = join(temporaryFolder(), 'prices.json')
    writeFileSync(path, JSON.stringify(list))
    return path
  }

  test('The price list cites AWS for each price and names unchecked prices', () => {
    expect(Object.keys(shipped.sources).sort()).toEqual(Object.keys(prices).sort())
    const { source } = readPrices('us-east-1')
    for (const [name, { page, checked }] of Object.entries(shipped.sources)) {
      expect(page, name).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/$/)
      expect(source.includes(name), name).toBe(checked === null)
    }
  })

  test('A custom price list may contain only its own Regions and prices', () => {
    const { sources: _sources, ...list } = shipped
    const own = written({ ...list, regions: { mars: { ...prices, s3GibMonth: 9 } } })
    expect(readPrices('mars', own).prices.s3GibMonth).toBe(9)
    expect(readPrices('mars', own).source).toBe(`${list.source}; mars, as of ${list.asOf}`)
    expect(() => readPrices('us-east-1', own)).toThrow(
      `--region us-east-1: expected a Region with prices in ${own} (mars)`,
    )
  })

  test('An invalid price list is refused in one sentence', () => {
    const cheap = written({ ...shipped, regions: { mars: { ...prices, s3GibMonth: 0 } } })
    const refused: [string, RegExp][] = [
      ['none.json', /^--prices none\.json: expected .*: no such file$/],
      [cheap, /^--prices .*: regions\.mars\.s3GibMonth: Too small/],
    ]
    for (const [path, sentence] of refused) expect(() => readPrices('mars', path)).toThrow(sentence)
  })
})

describe('Deployed resources', () => {
  const settings = join(temporaryFolder(), 'settings.json')
  writeFileSync(settings, JSON.stringify({ scenes: 'movielens', lakeRetentionDays: 500 }))
  const counted = countDeployed({ scenes: 'feed', settings })

  test('Deployed resources are counted from the declarations in the templates', () => {
    expect(counted).toMatchObject({
      keys: 2,
      secrets: 2,
      dashboards: 1,
      eventSources: 2,
      images: 1,
    })
    expect(counted.functions['intake']!.memoryGib).toBe(1769 / 1024)
    expect(counted.functions['increment']!.diskGib).toBe(9.5)
    // The scene has no space.
    const names = always.map(({ name }) => name).filter((name) => !/^(embed|place)$/.test(name))
    expect(Object.keys(counted.functions).sort()).toEqual(names.sort())
    // A daily run, a weekly one, and one of values each hour; a report, a collection, and each hour a
    // comparison of served values and a look for served cheats.
    expect(counted.runsPerDay).toBeCloseTo(24 + 1 + 1 / 7, 10)
    expect(counted.callsPerDay).toBe(50)
    // Sixteen alarms look at one metric, two flows at three and the report at two: see alarms.test.ts.
    expect(counted.alarmMetrics).toBe(16 + 2 * 3 + 2)
    // Twenty-one series of the scene, and eight of its values; six for each of two tiers.
    expect(counted.customMetrics).toBe(21 + 8 + 6 * 2)
    expect(counted.onlineDays).toBe(91)
    expect(counted.lakeRetentionDays).toBe(500)
  })
})

describe('Measured usage', () => {
  test('The shipped measurement covers every automatic stage and a weekly training', () => {
    const shipped = readDefault()
    // What people invoke costs what their patience does.
    const stages = always.flatMap(({ name, cost }) => (cost.invokedBy === 'person' ? [] : [name]))
    expect(Object.keys(shipped.stages).sort()).toEqual([...stages, 'training'].sort())
    // The weekly work of five days: each figure a million events is rather too high.
    expect(shipped.days).toBe(START_DAYS)
    for (const [name, { invocations, logBytes }] of Object.entries(shipped.stages)) {
      expect(invocations, name).toBeGreaterThan(0)
      expect(logBytes, name).toBeGreaterThan(0)
    }
  })

  test('An older summary without its tables is refused in one sentence', () => {
    const path = join(temporaryFolder(), 'summary.json')
    const empty = { exactlyOnce: {}, poison: {}, runs: [], stages: {}, deadLetters: 0 }
    const findings = makeThreeTiers(3)
    const older = { ...findings, ...empty, formatVersion: 1, totalSeconds: 1 }
    writeFileSync(path, JSON.stringify(older))
    expect(() => measureRun(path)).toThrow(/^--summary .*: run npm start again$/)
    writeFileSync(path, JSON.stringify({ ...older, tables: {} }))
    expect(measureRun(path).events).toBeGreaterThan(0)
  })

  test('A file that is no run summary is refused in one sentence', () => {
    const path = join(temporaryFolder(), 'summary.json')
    expect(() => measureRun(path)).toThrow(/^--summary .*: no such file$/)
    writeFileSync(path, '{"formatVersion":2}')
    expect(() => measureRun(path)).toThrow(/^--summary .*: formatVersion: /)
  })
})
