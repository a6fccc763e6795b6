import { beforeAll, describe, expect, test } from 'vitest'
import { compareServed } from '../../functions/audit/parity.ts'
import { rawKey, versionRunKey } from '../../functions/contract/keys.ts'
import { type ParityAccount, totalParity } from '../../functions/contract/parity.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, READING_MINUTES } from '../../functions/contract/time.ts'
import type { TrainingRun } from '../../functions/contract/training.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { createPseudonyms, openReader } from '../../functions/reader/reader.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { DAYS, makeServedWorld, SECRET, type ServedWorld } from '../make/served-world.ts'

const LAST_DAY_MS = DAY0_MS + (DAYS - 1) * DAY_MS
const HOURS = 6
const ARRIVAL_MS = LAST_DAY_MS + HOURS * HOUR_MS
const SCHEDULED_MS = ARRIVAL_MS + READING_MINUTES * MINUTE_MS + MINUTE_MS
const pseudonym = createPseudonyms(SECRET, 'feed')
const rawOf = new Map(
  Array.from({ length: 20 }, (_, n) => [pseudonym('user', `person-${n}`), `person-${n}`]),
)

type Line = Record<string, unknown> & { cells: Record<string, string | number | null> }

let world: ServedWorld
let drops = 0
/** Serves the first hours of the last day, and returns the logged lines. */
async function serve(): Promise<Line[]> {
  const { scene, models, registry } = world
  const replay = await world.release(world.full.row)
  const lines: Line[] = []
  const reader = await openReader({
    ...{ scene: scene.scene, models, registry, online: replay.online, valuesMs: 1 },
    logCells: { share: 1, seed: 1, put: (line) => void lines.push(JSON.parse(line)) },
    identify: (user) => pseudonym('user', user),
    onFault: (fault) => {
      throw fault
    },
    timer: () => () => {},
  })
  for (const { sample, user, item, timeMs, position } of firstSamples()) {
    await replay.advanceTo(timeMs)
    const { context } = world.events.get(sample)!
    const items = [{ item, position: position! }]
    await reader.scoreSlate({
      ...{ user: rawOf.get(user)!, timeMs, requestId: sample, items },
      context: JSON.parse(context!),
    })
  }
  return lines
}
const firstSamples = (): SampleRow[] =>
  world.samples
    .filter(({ timeMs }) => timeMs < LAST_DAY_MS + HOURS * HOUR_MS)
    .sort((a, b) => a.timeMs - b.timeMs)

/** Compares lines that arrived as one drop, in a copy of the lake. */
async function compare(lines: readonly object[]): Promise<ParityAccount | null> {
  const lake = memoryObjects('lake')
  for (const { key } of await world.lake.list('')) await lake.put(key, await world.lake.get(key))
  const raw = memoryObjects('raw')
  const key = rawKey('feed', 'served', 'cells.jsonl')
  raw.drop(key, lines.map((line) => JSON.stringify(line)).join('\n'))
  const { account } = await intakeDrop(
    {
      ...{
        raw,
        lake,
        quarantine: memoryObjects('quarantine'),
        identityKey: SECRET,
        producerKeys: async () => ({}),
      },
      ...{ configuration: { scenes: { feed: world.scene } }, codeDigest: 'code' },
    },
    {
      ...{ rawKey: key, versionId: null, arrivalMs: ARRIVAL_MS },
      drop: (drops++).toString(16).padStart(32, 'f'),
    },
  )
  expect(account.quarantined).toEqual({})
  const ports = { lake, models: world.models, registry: world.registry }
  const compared = await compareServed(ports, world.scene, SCHEDULED_MS)
  const again = await compareServed(ports, world.scene, SCHEDULED_MS)
  expect(again).toEqual(compared)
  return compared?.account ?? null
}

const { hourly: _, ...daily } = makeScene().tiers
/** A scene as it is read has no canary where it has no hourly tier. */
const withoutHourly = { tiers: daily, canary: undefined }

describe.each([
  ['by hourly drops', {}, HOUR_MS],
  ['by one-minute drops, without an hourly tier', withoutHourly, MINUTE_MS],
] as const)('The parity of what was served %s', (_what, changed, dropMs) => {
  let lines: Line[]
  beforeAll(async () => {
    world = await makeServedWorld('logistic', changed, dropMs)
    const { version } = world.full.row
    const run = {
      ...{ configuration: world.scene, version, tier: 'full', dataFromMs: 0, dataThroughMs: 1 },
      ...{ holdoutFromMs: null, parent: null, rivals: [], base: null, codeDigest: 'c' },
      ...{ configurationDigest: 'c', manifestDigest: 'm' },
    } satisfies TrainingRun
    await world.models.put(versionRunKey('feed', version), JSON.stringify(run))
    lines = await serve()
  })

  test('Every value of a reader on time equals that of samples', async () => {
    const account = (await compare(lines))!
    const total = totalParity(account.features)
    expect(account).toMatchObject({ rows: lines.length, compared: lines.length, repeated: 0 })
    expect(account.unknownRelease).toBe(0)
    expect(account.examples).toEqual([])
    expect(total.values).toBeGreaterThan(500)
    expect(total).toMatchObject({ equal: total.values, late: 0 })
    const stored = world.scene.features.filter(({ kind }) => kind !== 'cross')
    expect(Object.keys(account.features).sort()).toEqual(stored.map(({ name }) => name).sort())
  })

  test('Wrong, missing and extra values are found without excuse', async () => {
    const [first, second, third] = structuredClone(lines) as [Line, Line, Line]
    const name = 'user_clicks_12h'
    first.cells[name] = Number(first.cells[name] ?? 0) + 1
    second.cells['device'] = null
    third.cells['removed'] = 5
    const account = (await compare([first, second, third, ...lines.slice(3)]))!
    const total = totalParity(account.features)
    expect(total.values - total.equal).toBe(3)
    expect(total.late).toBe(0)
    expect(account.features[name]).toMatchObject({ extra: 0, missing: 0, different: 1 })
    expect(account.features['device']).toMatchObject({ missing: 1 })
    expect(account.features['removed']).toMatchObject({ values: 1, extra: 1 })
    expect(account.examples.map(({ feature }) => feature).sort()).toEqual(
      [name, 'device', 'removed'].sort(),
    )
  })

  test('An unequal value is excused only where its table was behind', async () => {
    const [first, second] = structuredClone(lines) as [Line, Line]
    const name = 'user_clicks_12h'
    for (const line of [first, second]) line.cells[name] = Number(line.cells[name] ?? 0) + 1
    first['closedThroughMs'] = Number(first['closedThroughMs']) - HOUR_MS
    const account = (await compare([first, second, ...lines.slice(2)]))!
    expect(account.features[name]).toMatchObject({ different: 2, late: 1 })
    expect(account.examples).toHaveLength(1)
  })

  test('Repeated rows and rows of an unknown version are counted apart', async () => {
    const [first] = lines as [Line]
    const gone = { ...first, release: 'daily-20200101-00000000' }
    const account = (await compare([...lines, first, gone]))!
    expect(account).toMatchObject({
      ...{ rows: lines.length + 2, compared: lines.length, repeated: 1, unknownRelease: 1 },
    })
  })

  test('An hour without served cells has no account', async () => {
    const ports = { lake: world.lake, models: world.models, registry: world.registry }
    expect(await compareServed(ports, world.scene, SCHEDULED_MS)).toBeNull()
  })
})
