import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { EVENT_COLUMNS } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { writeParquet } from '../../../functions/core/parquet.ts'
import { closeLog } from '../fresh/closings.ts'
import { worldLog } from '../fresh/log.ts'
import { formatCount, formatTable } from '../table.ts'
import type { WorldOptions } from '../world/options.ts'

const shardWorkSchema = z.object({
  events: z.number(),
  findings: z.number(),
  cpuSeconds: z.number(),
  readSeconds: z.number(),
  peakMb: z.number(),
})
type ShardWork = z.infer<typeof shardWorkSchema>

/** The work on one world: closing all of its hours, and screening it in shards. */
export interface Work {
  users: number
  events: number
  closingSeconds: number
  shards: ShardWork[]
}

/** In a process of its own, whose peak memory is that of this shard. */
function screenShard(folder: string, shard: number, shards: number): ShardWork {
  const script = join(import.meta.dirname, 'screen-files.ts')
  const printed = execFileSync(process.execPath, [script, folder, `${shard}`, `${shards}`])
  return shardWorkSchema.parse(JSON.parse(printed.toString()))
}

/** Closes a world, writes its closed files, and screens them in one shard, or in several. */
export function measureWork(scene: Scene, options: WorldOptions, shards: number): Work {
  const { events } = worldLog(options, scene)
  const before = process.cpuUsage()
  const closings = closeLog(scene, events)
  const { user, system } = process.cpuUsage(before)
  const folder = mkdtempSync(join(tmpdir(), 'quartermaster-screen-'))
  try {
    for (const { scheduledMs, kept } of closings)
      writeFileSync(join(folder, `${scheduledMs}.parquet`), writeParquet(EVENT_COLUMNS, kept))
    return {
      users: options.users,
      events: events.length,
      closingSeconds: (user + system) / 1e6,
      shards: Array.from({ length: shards }, (_, shard) => screenShard(folder, shard, shards)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const perMillion = (seconds: number, events: number): string =>
  ((seconds / events) * 1e6).toFixed(1)
const sumOf = (shards: readonly ShardWork[], key: keyof ShardWork): number =>
  shards.reduce((sum, shard) => sum + shard[key], 0)

/**
 * The first two are a world and one with more users: the ratio of their work, and the slope of their
 * memory, which leaves out what the process takes without events.
 */
export function formatWork(works: readonly Work[]): string {
  const rows = works.map(({ users, events, closingSeconds, shards }) => [
    ...[formatCount(users), formatCount(events), formatCount(shards.length)],
    perMillion(closingSeconds, events),
    perMillion(sumOf(shards, 'cpuSeconds'), events),
    perMillion(sumOf(shards, 'readSeconds'), events),
    Math.max(...shards.map(({ peakMb }) => peakMb)).toFixed(0),
  ])
  const head = [
    'users',
    'events',
    'shards',
    'closing, CPU s a million',
    'screening, CPU s a million',
  ]
  const table = formatTable([...head, 'of it start and read', 'peak MB of a shard'], rows)
  const [small, large] = works as [Work, Work]
  const ratio = (measure: (work: Work) => number): string =>
    (measure(large) / measure(small)).toFixed(2)
  const grownMb = large.shards[0]!.peakMb - small.shards[0]!.peakMb
  const mbPerMillion = (grownMb / (large.shards[0]!.events - small.shards[0]!.events)) * 1e6
  return [
    table,
    `${ratio(({ events }) => events)} times the events take ${ratio(({ shards }) => sumOf(shards, 'cpuSeconds'))} times the CPU time of screening, and ${mbPerMillion.toFixed(0)} MB more a million`,
  ].join('\n')
}
