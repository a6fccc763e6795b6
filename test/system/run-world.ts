import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import type { Progress } from '../../cdk/cli/progress.ts'
import { replay } from '../../cdk/cli/replay/replay.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../cdk/cli/world/options.ts'
import { createWorld, type Drop } from '../../cdk/cli/world/world.ts'
import { type Cloud, type CloudOptions, startCloud } from '../../cdk/local/cloud.ts'
import { anticheatOf } from '../../functions/contract/anticheat.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { AS_BY_COMMAND, synthesize } from '../cdk/synthesized.ts'
import { makeScene } from '../make/scene.ts'

/** Three days of a small crowd with all its dirt and cheats: a bootstrap, increments, late events. */
export const SMALL_WORLD: WorldOptions = { ...WORLD_DEFAULTS, days: 3, users: 250, items: 150 }

/**
 * The feed without its canary, of a model that is as small as the crowd. Without detectors: what its
 * few honest users click in a day teaches no model that is better than the constant.
 */
export function smallScene(fields: Partial<Scene> = {}): Scene {
  const anticheat = { ...anticheatOf(makeScene()), screening: 'off' as const }
  const scene = makeScene({ canary: undefined, anticheat, ...fields })
  return { ...scene, model: { ...scene.model, hashBits: 14 } }
}

/** The same with detectors. */
export const screenedScene = (): Scene => smallScene({ anticheat: anticheatOf(makeScene()) })
/** A crowd for it: so few items that a day of honest clicks teaches which ones please. */
export const SCREENED_WORLD: WorldOptions = {
  ...SMALL_WORLD,
  ...{ items: 60, newItemsPerDay: 2, seed: 2 },
}

export const silent: Progress = { step: () => {}, update: () => {}, end: () => {} }

/** Which hours of which days a cloud's schedules fire in. */
type Hours = Readonly<Record<number, readonly number[]>>
/**
 * Leaves out what schedules do in all other hours of a world: the next run closes and trains what
 * these would have.
 */
export function fireOnlyIn(cloud: Cloud, hours: Hours, { startMs } = SMALL_WORLD): void {
  cloud.schedules.fireOnly((timeMs) => {
    const day = Math.floor((timeMs - startMs) / DAY_MS)
    return hours[day]?.includes(Math.floor((timeMs - startMs) / HOUR_MS) - 24 * day) ?? false
  })
}
/** All hours from one to another, both included. */
export const hoursFrom = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n)

export interface Workshop {
  /** A fresh cloud of the synthesized app, in a folder of its own. */
  start(startMs?: number, options?: Partial<CloudOptions>): Promise<Cloud>
  /** Ends at noon of the day after the last, or at `endMs`. */
  replay(cloud: Cloud, drops: Iterable<Drop> | AsyncIterable<Drop>, endMs?: number): Promise<void>
  end(): Promise<void>
}

/**
 * Synthesizes the app once, as the CDK command line does, for all the clouds of a test file. By default
 * without a canary: `worldDrops` do not say what ranked them, and such a log can have no trial.
 */
export async function openWorkshop(scene: Scene = smallScene()): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'quartermaster-'))
  const sceneFile = join(folder, 'scene.json')
  writeFileSync(sceneFile, JSON.stringify(scene))
  const assembly = synthesize({ scenes: '', sceneFile, ...AS_BY_COMMAND })
  const clouds: Cloud[] = []
  return {
    async start(startMs = SMALL_WORLD.startMs - 2 * HOUR_MS, options = {}) {
      const root = join(folder, String(clouds.length))
      const cloud = await startCloud({ assembly, root, startMs, seed: 1, ...options })
      clouds.push(cloud)
      return cloud
    },
    replay: async (cloud, drops, endMs) =>
      void (await replay(cloud, scene.scene, drops, silent, undefined, endMs)),
    async end() {
      await Promise.all(clouds.map((cloud) => cloud.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const worldDrops = (options: WorldOptions = SMALL_WORLD): Iterable<Drop> =>
  createWorld(options).drops()

/** Events from an instant on; what the catalogue had said before it is said then. */
export function* since(startMs: number, drops: Iterable<Drop>): Generator<Drop> {
  for (const drop of drops)
    if (drop.arrivalMs >= startMs) yield drop
    else if (drop.kind !== 'events') yield { ...drop, arrivalMs: startMs }
}

/** Key → SHA-256 of every object under a prefix. */
export async function digestsOf(
  store: ObjectStore,
  prefix: string,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const { key } of await store.list(prefix)) digests[key] = sha256Hex(await store.get(key))
  return digests
}

/** Every row of a table, by its keys. */
export async function rowsOf(
  cloud: Cloud,
  table: string,
): Promise<Record<string, Record<string, unknown>>> {
  const dynamoDb = new DynamoDBClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
  })
  const client = DynamoDBDocumentClient.from(dynamoDb)
  const rows: Record<string, Record<string, unknown>> = {}
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table }))
    for (const item of Items) rows[`${item['pk']} ${item['sk']}`] = item
  dynamoDb.destroy()
  return rows
}
