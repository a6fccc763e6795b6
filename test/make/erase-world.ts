import type { Statement } from '../../functions/contract/anticheat.ts'
import { vectorPk } from '../../functions/contract/embedding-rows.ts'
import type { Generation } from '../../functions/contract/generations.ts'
import * as keys from '../../functions/contract/keys.ts'
import { PREFERENCE_COLUMNS } from '../../functions/contract/preferences.ts'
import * as rows from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { PREDICTION_COLUMNS } from '../../functions/contract/training.ts'
import { VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import {
  CORRECTION_COLUMNS,
  correctionsKey,
  FINDING_COLUMNS,
  findingsKey,
  onlineVerdictsPk,
  VERDICTS_SK,
} from '../../functions/contract/verdicts.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { TableRow } from '../../functions/core/tables.ts'
import { erasureOf } from '../../functions/erase/person.ts'
import type { ErasePorts } from '../../functions/erase/step.ts'
import { nameGeneration } from '../../functions/registry/generations.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { DAY0_MS, makeImpression, makeOutcome } from './events.ts'
import { makeArchive, makeVersion } from './lineage.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryScan } from './memory-scan.ts'
import { memoryTable } from './memory-table.ts'
import { makeTable, putGeneration, spaceBytes } from './space.ts'
import { putSnapshot, verdict } from './verdicts.ts'

export const [PERSON, OTHER] = ['ab12cd34'.repeat(4), 'cd'.repeat(16)] as const
export const REQUESTED = DAY0_MS + 5 * DAY_MS
export const ERASURE = erasureOf({ scene: 'feed', user: PERSON })
export const GENERATION = nameGeneration('space', 1000)
const USERS = [PERSON, OTHER] as const
const CLOSED = { scene: 'feed', hourMs: DAY0_MS, closedThroughMs: DAY0_MS + HOUR_MS }
const DROP = { scene: 'feed', arrivalMs: DAY0_MS, drop: 'd'.repeat(32), part: 0 }
export const VERSION = makeVersion(1, { tier: 'full' })

type Columns = rows.Columns
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Files of the lake by key: columns, and rows of some users; every row names one of them. */
export function lakeFiles(users: readonly string[]): Map<string, [Columns, object[]]> {
  const events = users.flatMap((user, n) => [
    makeImpression({ user, event: `e${n}`, row: n, context: '{"page":"home"}' }),
    makeOutcome({ user, event: `o${n}`, row: n }),
  ])
  const count = { event: 'impression', hourMs: DAY0_MS, count: 1 }
  const ids = users.flatMap((user) => [user, `${user}\u001fshoes`])
  const state = { hourMs: DAY0_MS, aheadMs: 0 }
  const found = users.map((id) => ({
    ...{ detector: 'focus', evidence: 'choice', subject: 'user', id, items: '["i1"]' },
    ...{ fromMs: DAY0_MS, throughMs: DAY0_MS + 1, score: 9, events: 2, expected: 0.1 },
  }))
  return new Map<string, [Columns, object[]]>([
    [keys.cleanEventsKey({ ...DROP, hourMs: DAY0_MS }), [rows.EVENT_COLUMNS, events]],
    [
      keys.cleanServedKey(DROP),
      [
        rows.SERVED_COLUMNS,
        users.map((user, row) => ({
          ...{ user, item: 'i1', timeMs: DAY0_MS, arrivalMs: DAY0_MS, release: '1' },
          ...{ cells: '{"f":1}', drop: DROP.drop, row },
        })),
      ],
    ],
    [
      keys.cleanEntitiesKey({ ...DROP, kind: 'users' }),
      [
        rows.ENTITY_COLUMNS,
        users.map((id, row) => ({
          ...{ id, knowableMs: DAY0_MS, attributes: '{"city":"Ulm"}', drop: DROP.drop, row },
        })),
      ],
    ],
    [keys.closedKey({ ...CLOSED, accepted: 4 }), [rows.EVENT_COLUMNS, events]],
    [correctionsKey(CLOSED), [CORRECTION_COLUMNS, events.map((row) => ({ ...row, sign: -1 }))]],
    [
      keys.countersKey({ ...CLOSED, piece: 0 }),
      [rows.COUNTER_COLUMNS, ids.map((id) => ({ ...count, kind: 'user', id }))],
    ],
    [
      keys.deltaKey(DROP),
      [rows.DELTA_COLUMNS, ids.map((id) => ({ ...count, kind: 'user', id, aheadMs: 0 }))],
    ],
    [
      keys.statesKey({ ...CLOSED, series: 'abcdef01', piece: 0 }),
      [rows.STATE_COLUMNS, ids.map((id) => ({ ...state, id, state: base64('bytes') }))],
    ],
    [findingsKey({ ...CLOSED, shard: 0 }), [FINDING_COLUMNS, found]],
    [
      keys.preferencesKey({ scene: 'feed', dayMs: DAY0_MS, digest: 'f'.repeat(32) }),
      [
        PREFERENCE_COLUMNS,
        users.map((user, n) => ({
          ...{ kind: 'preference', id: `t${n}`, user, timeMs: DAY0_MS, prompt: 'why?' },
          ...{ chosen: 'yes', rejected: 'no', chunks: '[]', model: null, release: null },
        })),
      ],
    ],
    [
      keys.samplePartKey({
        scene: 'feed',
        fromMs: DAY0_MS,
        inputsDigest: 'a'.repeat(32),
        shard: 0,
      }),
      [
        { ...rows.SAMPLE_COLUMNS, f_item: 'string' },
        users.map((user, n) => ({
          ...{ sample: `s${n}`, timeMs: DAY0_MS, user, item: 'i1', label: n, isMature: true },
          ...{ known: 1, logOddsCorrection: 0, weight: 1, trust: 1, f_item: 'i1' },
        })),
      ],
    ],
  ])
}

/** A state of an item that names the person, as "the last user" would. */
export const ITEM_STATE_KEY = keys.statesKey({ ...CLOSED, series: 'abcdef02', piece: 0 })
export const itemState = (user: string) =>
  writeParquet(rows.STATE_COLUMNS, [
    { id: 'i1', hourMs: DAY0_MS, state: base64(`last ${user}!`), aheadMs: 0 },
  ])

async function fillLake(lake: MemoryObjects, users: readonly string[]): Promise<void> {
  for (const [key, [columns, data]] of lakeFiles(users))
    await lake.put(key, writeParquet(columns, data as Record<string, unknown>[]))
  await lake.put(ITEM_STATE_KEY, itemState(users[0]!))
  const excluded = keys.closedExclusionsKey({ ...CLOSED, accepted: 4 })
  await lake.put(excluded, canonicalJson({ declared_bot: users, exact_interval: [OTHER] }))
  await lake.put(keys.trainerDataKey('feed', keys.TRAINER_FILES[0]), '{"prompt":"why?"}\n')
  const about = { scene: 'feed', previousMs: null, screenedFromMs: DAY0_MS }
  await putSnapshot(
    lake,
    {
      ...{ ...about, madeMs: DAY0_MS + DAY_MS, screenedThroughMs: DAY0_MS + DAY_MS },
      ...{ detectorsDigest: 'd', inputsDigest: 'i' },
    },
    users.map((id) => verdict({ id })),
  )
}

async function fillModels(
  models: MemoryObjects,
  users: readonly string[],
  status: Generation['status'],
  world: Pick<ErasePorts, 'online'>,
): Promise<void> {
  await putGeneration({ models, online: world.online }, GENERATION, 1000, status)
  const vectors = spaceBytes('users', GENERATION, makeTable(users, 1, false))
  await models.put(keys.spaceUsersKey('feed', GENERATION), vectors)
  await models.put(keys.placedUsersKey('feed', GENERATION, 2000), vectors)
  await models.put(keys.spaceGraphKey('feed', GENERATION, 'all'), `nodes ${users.join(' ')}`)
  const loss = { users, differences: users.map(() => 0.1), weights: users.map(() => 1) }
  const evaluation = keys.versionEvaluationKey('feed', VERSION.version)
  await models.put(evaluation, canonicalJson({ served: loss, isWhole: true }))
  const predicted = users.map((user) => ({
    sample: 's',
    user,
    timeMs: DAY0_MS,
    label: 1,
    weight: 1,
  }))
  await models.put(
    keys.jobOutputKey('feed', VERSION.version, 'output'),
    await makeArchive({ 'predictions.parquet': writeParquet(PREDICTION_COLUMNS, predicted) }),
  )
}

/** Rows of the online table by user, and one of an item that names the first of them. */
async function fillOnline({ online }: ErasePorts, users: readonly string[]): Promise<void> {
  for (const user of users) {
    await online.put(valuesPk('feed', 'user', user), VALUES_SK, { ring: Buffer.from('own') })
    const pair = valuesPk('feed', 'user+item.category', `${user}\u001fshoes`)
    await online.put(pair, VALUES_SK, { folded: '1' })
    await online.put(onlineVerdictsPk('feed', 5, user), VERDICTS_SK, { verdicts: '[]' })
    await online.put(vectorPk('feed', GENERATION, 'user', user), 'VECTOR', { in: Buffer.from('v') })
  }
  const ring = Buffer.from(`last ${users[0]!}`)
  await online.put(valuesPk('feed', 'item', 'i1'), VALUES_SK, { ring, folded: '1', kept: 1 })
}

const statement = (id: string): Statement => ({
  ...{ kind: 'flag', subject: 'user', id, fromMs: 0, throughMs: DAY0_MS, reason: 'a bot' },
  ...{ saidMs: DAY0_MS, untilMs: REQUESTED },
})
async function fillRegistry({ registry }: ErasePorts, users: readonly string[]): Promise<void> {
  const scene = openRegistry(registry, 'feed')
  await scene.register(VERSION)
  for (const id of users) {
    await scene.state(statement(id))
    await scene.decide(
      {
        ...{ timeMs: DAY0_MS, kind: 'flag', tier: 'flag', version: null, from: null, to: null },
        ...{ reason: 'a bot', evidence: { ...statement(id) } },
      },
      `flag user ${id}`,
    )
  }
}

export interface EraseWorld {
  ports: ErasePorts
  lake: MemoryObjects
  models: MemoryObjects
  online: Map<string, TableRow>
  registry: Map<string, TableRow>
}
/** A small world in which every kind of data names two users, or those that are given. */
export async function makeEraseWorld(
  users: readonly string[] = USERS,
  status: Generation['status'] = 'accepted',
): Promise<EraseWorld> {
  const [lake, models] = [memoryObjects('lake'), memoryObjects('models')]
  const [online, registry] = [new Map<string, TableRow>(), new Map<string, TableRow>()]
  const ports: ErasePorts = {
    ...{ lake, models, online: memoryTable('online', online) },
    ...{ onlineRows: memoryScan(online), registry: memoryTable('registry', registry) },
    registryRows: memoryScan(registry),
  }
  await fillLake(lake, users)
  await fillModels(models, users, status, ports)
  await fillOnline(ports, users)
  await fillRegistry(ports, users)
  return { ports, lake, models, online, registry }
}
