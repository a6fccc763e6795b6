import { describe, expect, test } from 'vitest'
import type { Line } from '../../cdk/cli/cost/line.ts'
import { COST_USAGE, parseCostOptions } from '../../cdk/cli/cost/options.ts'
import { readPrices } from '../../cdk/cli/cost/prices.ts'
import { indexLines } from '../../cdk/cli/cost/search/index-lines.ts'
import { startsPerDay } from '../../cdk/cli/cost/search/instances.ts'
import { type Life, simulateLife } from '../../cdk/cli/cost/search/life.ts'
import { parseSearchLoad, type SearchLoad } from '../../cdk/cli/cost/search/load.ts'
import { memoryOf } from '../../cdk/cli/cost/search/memory.ts'
import { pagesLines } from '../../cdk/cli/cost/search/pages-lines.ts'
import { printSearchBill } from '../../cdk/cli/cost/search/print-bill.ts'
import { readerLines, urlLines } from '../../cdk/cli/cost/search/query-lines.ts'
import { noUse } from '../../cdk/cli/cost/search/use.ts'
import { readmeBlock } from '../readme/blocks.ts'

const list = readPrices('us-east-1')
const { prices } = list
const MEMORY = { indexDrop: 3072, rebuildIndex: 3072, search: 2048 }
const MONTH = 365 / 12
/** A generation of ten drops a day, made up: its build and its 21 days. */
const LIFE: Life = {
  built: { ...noUse(), puts: 100, lists: 10, gets: 1000, rowWrites: 30, rowReads: 60, waits: 500 },
  changed: {
    ...noUse(),
    ...{ puts: 2100, gets: 4200, rowWrites: 210, rowReads: 420, waits: 2100 },
    ...{ added: 210, objects: 2100 },
  },
  parts: 1,
  ...{ segments: 5, indexBytes: 80e6, bytes: 7 * 2 ** 30, byteDays: 70 * 2 ** 30, objects: 2000 },
}
const LOAD: SearchLoad = {
  ...{ documents: 1_000_000, changesPerDay: 10, dropsPerDay: 10, queriesPerDay: 86_400 },
}
const quantities = (lines: readonly Line[]): Record<string, number> =>
  Object.fromEntries(lines.map(({ service, what, quantity }) => [`${service} ${what}`, quantity]))
function expectQuantities(lines: readonly Line[], expected: Record<string, number>): void {
  const found = quantities(lines)
  for (const [what, quantity] of Object.entries(expected))
    expect(found[what]! / quantity, what).toBeCloseTo(1, 6)
}

describe('The bill of a search index', () => {
  test('Pages in rows are written, deleted, kept and read', () => {
    const rows = (210 * 157 * MONTH) / 7 / 3840
    expectQuantities(pagesLines(LIFE, LOAD, prices), {
      'DynamoDB write units of pages': 4 * rows,
      'DynamoDB write units of deletions': 4 * rows,
      'DynamoDB GiB-months': (70 / 7) * (157 / (157 + 255)),
      'DynamoDB read units': 86_400 * MONTH,
    })
  })

  test('An index costs its drops, weekly rebuilds and all stored objects', () => {
    // Ten drops a day leave an instance idle, so each begins with the three generations from S3.
    const start = { gets: 3 * (1 + 2 * 5), seconds: 6 * 0.03 + (3 * 80e6) / 80e6 + 0.7 + 3 * 0.13 }
    const drops = (2100 * MONTH) / 7
    const [reads, writes] = [2 * drops + 10 * MONTH * (8 + start.gets), drops]
    // A write waits for S3 and for DynamoDB; beside it, its own eight reads and four rows.
    const seconds =
      (2100 * 0.03 + 630 * 0.005) * (MONTH / 7) +
      10 * MONTH * (8 * 0.03 + 4 * 0.005 + 0.0003 + start.seconds) +
      (210 * 90e-6 * MONTH) / 7
    expectQuantities(indexLines(LIFE, LOAD, MEMORY, prices), {
      'Lambda requests': 11 * MONTH,
      'Lambda GiB-seconds of drops': 3 * seconds,
      'S3 writes of drops': writes,
      'S3 reads of drops': reads,
      'S3 reads of rebuilds': (1000 * MONTH) / 7,
      // Two thousand objects at the end, half as many in the mean, three generations: three pages a day.
      'S3 writes and lists of rebuilds': (110 * MONTH) / 7 + 4 * MONTH,
      // Kept generations, then 30 days of the deleted ones, of which one begins each week.
      'S3 GiB-months': 70 / 7 + (7 * 30) / 7,
      'DynamoDB write units': (240 * MONTH) / 7,
      'DynamoDB read units': (480 * MONTH) / 7 + 40 * MONTH + 2 * MONTH,
      'SQS requests': 30 * MONTH,
      'EventBridge events of S3': 10 * MONTH,
      'CloudWatch metrics of our own': 3,
      'KMS requests': 33 * MONTH,
    })
  })

  test('Queries by the URL cost requests, time, rows, logs and traces', () => {
    const { lines, seconds, instances } = urlLines(LIFE, LOAD, MEMORY, prices)
    const queries = 86_400 * MONTH
    // Two rows of 5 ms, 2 ms of Lambda, and 0.15 ms and 2 ns a document to search.
    expect(seconds).toBeCloseTo(0.012 + 0.00215, 10)
    expect(instances).toBe(2)
    expectQuantities(lines, {
      'Lambda requests': queries,
      'Lambda GiB-seconds of queries': 2 * queries * 0.01415,
      'DynamoDB read units': 2 * queries,
      'CloudWatch GiB of logs': (queries * 800) / 2 ** 30,
      // One query a second in the mean: 1 − 1/e of the seconds have a first one.
      'X-Ray traces': queries * (1 - Math.exp(-1) + 0.05 * Math.exp(-1)),
      // Two instances live two hours, and each follows ten drops: a snapshot, a segment, seven sets.
      'S3 reads of loading': MONTH * (24 * 11 + 20 * 9),
    })
  })

  test('The reader looks at the pointer at most once a second', () => {
    const busy = quantities(readerLines(LIFE, { ...LOAD, queriesPerDay: 1e9 }, prices).lines)
    const calm = quantities(readerLines(LIFE, { ...LOAD, queriesPerDay: 100 }, prices).lines)
    expect(busy['DynamoDB read units']).toBe(2 * 86_400 * MONTH)
    expect(calm['DynamoDB read units']).toBe(100 * MONTH)
  })

  test('An idle function begins again at each call', () => {
    expect(startsPerDay(24, 1)).toBe(24)
    expect(startsPerDay(1440, 1)).toBe(12)
    expect(startsPerDay(1_000_000, 3)).toBe(36)
  })

  test('A large index is priced with the memory that it needs', () => {
    expect(memoryOf(LIFE, 1000)).toEqual({
      memory: { indexDrop: 3008, rebuildIndex: 3008, search: 1769 },
      raised: [],
    })
    const large = { ...LIFE, indexBytes: 1024 * 2 ** 20 }
    const { memory, raised } = memoryOf(large, 1000)
    expect(memory.indexDrop).toBe(200 + 3 * 1024 + 768)
    expect(raised).toEqual(['index-drop 4040 MiB', 'rebuild-index 3017 MiB', 'search 2248 MiB'])
    expect(() => memoryOf({ ...LIFE, indexBytes: 2 ** 42 }, 1e9)).toThrow(
      /^--search documents 1000000000: expected an index that fits a function of 10240 MiB, got /,
    )
  })

  test('More drops of the same changes write more objects', () => {
    const load = { documents: 5000, changesPerDay: 240, queriesPerDay: 1 }
    const [few, many] = [4, 24].map((dropsPerDay) => simulateLife({ ...load, dropsPerDay }))
    expect(many!.changed.puts).toBeGreaterThan(2 * few!.changed.puts)
    expect(many!.changed.added).toBeCloseTo(few!.changed.added, 6)
  })

  test('The printed bill is that of the README, beside its floor', () => {
    const load = parseSearchLoad('documents=1000000,changes=100000,queries=1000000')
    const printed = printSearchBill(load, list)
    expect(printed.trimEnd()).toBe(
      readmeBlock('What a search index costs', 'A search index of 1,000,000 documents'),
    )
    expect(printed).toContain('OpenSearch Serverless costs at least 350.40 USD')
    expect(printed).toContain('or 175.20 with two half OCUs')
    const sums = [...printed.matchAll(/total +([\d.]+)\n/g)].map(([, usd]) => Number(usd))
    const [, url, reader] = /([\d.]+) USD a month with the function URL, ([\d.]+)/.exec(printed)!
    expect(sums).toHaveLength(3)
    expect(sums[0]! + sums[1]!).toBeCloseTo(Number(url), 1)
    expect(sums[0]! + sums[2]!).toBeCloseTo(Number(reader), 1)
  })
})

describe('The flag --search of npm run cost', () => {
  test('A load of documents alone has the defaults of the usage', () => {
    expect(parseSearchLoad('documents=5000')).toEqual({
      ...{ documents: 5000, changesPerDay: 500, queriesPerDay: 1_000_000, dropsPerDay: 500 },
    })
    expect(parseSearchLoad('queries=7,documents=50000').dropsPerDay).toBe(1440)
    for (const stated of ['a tenth of them', '(1000000)', '(1440,'])
      expect(COST_USAGE).toContain(stated)
  })

  test('The task is the search load, with a Region of its own', () => {
    const options = parseCostOptions(['--search', 'documents=10,changes=2,drops=1,queries=3'])!
    expect(options.region).toBe('us-east-1')
    expect(options.task).toEqual({
      search: { documents: 10, changesPerDay: 2, queriesPerDay: 3, dropsPerDay: 1 },
    })
  })

  test.each([
    ['changes=5', '--search changes=5: expected documents=<number>, got none'],
    ['documents=0', '--search documents 0: expected a whole number from 1 to 1000000000'],
    ['documents=', '--search documents : expected a whole number from 1 to 1000000000'],
    [
      'documents=5,queries=many',
      '--search queries many: expected a whole number from 1 to 10000000000',
    ],
    [
      'docs=5',
      '--search docs=5: got "docs=5", expected <name>=<number> of documents, changes, queries, drops',
    ],
    ['documents=5,documents=6', '--search documents=5,documents=6: documents is given twice'],
    [
      'documents=9,changes=2,drops=3',
      '--search drops 3: expected at most one for each of the 2 changed documents',
    ],
    [
      'documents=9,changes=20,drops=2',
      '--search changes 20: 2 drops a day cannot change more than 9 documents each',
    ],
  ])('The load %s is refused in one sentence', (load, sentence) => {
    expect(() => parseCostOptions(['--search', load])).toThrow(sentence)
  })

  test.each(['--events-per-day', '--save', '--scenes'])('%s beside --search is refused', (flag) => {
    expect(() => parseCostOptions(['--search', 'documents=5', flag, '1'])).toThrow(
      `${flag}: expected no such flag beside --search, which prices an index alone`,
    )
  })
})
