import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Tier } from '../../functions/contract/training.ts'
import { SMALL_WORLD, worldDrops } from './run-world.ts'

const WORLD = {
  ...SMALL_WORLD,
  users: 50,
  items: 30,
  newItemsPerDay: 2,
  sessionsPerUserAndDay: 3,
  dirt: 0,
  cheats: 0,
}
const timeOf = (day: number, hour: number, minute = 0): number =>
  WORLD.startMs + day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS
export const START_MS = timeOf(1, 0)

/** A drop, or a run of a tier. */
export type Step = { timeMs: number } & (
  | { kind: Drop['kind']; name: string; body: Uint8Array }
  | { tier: Tier }
)

/** By its first byte: producers of this world pack differently. */
function unpack({ body }: Drop): Uint8Array {
  if (body[0] === 0x1f) return gunzipSync(body)
  return body[0] === 0x28 ? zstdDecompressSync(body) : body
}
const linesOf = (drop: Drop): string[] =>
  Buffer.from(unpack(drop))
    .toString()
    .split('\n')
    .filter((line) => line !== '')

/**
 * The smallest days in which all three tiers are trained and released: a full, an hourly, a daily and
 * an hourly on that. Some lines are broken, some come twice, and some after their hour was closed.
 */
export function fewDays(): Step[] {
  const drops = [...worldDrops(WORLD)]
  const between = (fromMs: number, throughMs: number): string[] =>
    drops
      .filter(({ kind }) => kind === 'events')
      // An hour's drop arrives just after it.
      .filter(({ arrivalMs }) => arrivalMs > fromMs + HOUR_MS / 2)
      .filter(({ arrivalMs }) => arrivalMs <= throughMs + HOUR_MS / 2)
      .flatMap(linesOf)
  const events = (name: string, timeMs: number, lines: readonly string[]): Step => ({
    ...{ timeMs, kind: 'events', name },
    body: Buffer.from(lines.map((line) => `${line}\n`).join('')),
  })
  const catalogue = drops
    .filter(({ kind, arrivalMs }) => kind !== 'events' && arrivalMs < START_MS)
    .map(({ kind, name, body }): Step => ({ timeMs: START_MS, kind, name, body }))
  const [night, forenoon, rest, morning] = [
    between(timeOf(0, 0), timeOf(0, 12)),
    between(timeOf(0, 12), timeOf(1, 0)),
    between(timeOf(1, 3), timeOf(2, 0)),
    between(timeOf(2, 0), timeOf(2, 3)),
  ]
  const early = between(timeOf(1, 0), timeOf(1, 3))
  const late = early.splice(-5)
  return [
    ...catalogue,
    events('a.jsonl', timeOf(1, 0, 30), night),
    events('b.jsonl', timeOf(1, 0, 31), [...forenoon, ...night.slice(0, 8), '{"cut', 'no JSON']),
    // It screens the day that the daily learns.
    { timeMs: timeOf(1, 1, 5), tier: 'hourly' },
    { timeMs: timeOf(1, 2, 30), tier: 'daily' },
    events('c.jsonl', timeOf(1, 3, 1), early),
    { timeMs: timeOf(1, 4, 5), tier: 'hourly' },
    events('d.jsonl', timeOf(2, 0, 30), [...rest, ...late]),
    { timeMs: timeOf(2, 1, 5), tier: 'hourly' },
    { timeMs: timeOf(2, 2, 30), tier: 'daily' },
    events('e.jsonl', timeOf(2, 3, 1), morning),
    { timeMs: timeOf(2, 4, 5), tier: 'hourly' },
  ]
}

/** Plays the days, each run once or, by `timesOf`, started twice. `before` is called with each step. */
export async function playFewDays(
  cloud: Cloud,
  steps: readonly Step[],
  before: (step: Step) => void = () => {},
  timesOf: (tier: Tier) => number = () => 1,
): Promise<void> {
  const { arn } = cloud.declarations.stateMachines.find(({ name }) => name.includes('Run'))!
  const client = new SFNClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
  })
  // Between these runs the schedules would start a hundred more.
  cloud.schedules.close()
  for (const step of steps) {
    await cloud.clock.advanceTo(step.timeMs)
    before(step)
    if ('body' in step) await cloud.dropRaw(rawKey('feed', step.kind, step.name), step.body)
    else {
      const scheduledTime = isoSeconds(step.timeMs)
      const input = JSON.stringify({ scene: 'feed', tier: step.tier, scheduledTime })
      for (let n = 0; n < timesOf(step.tier); n++)
        await client.send(new StartExecutionCommand({ stateMachineArn: arn, input }))
    }
  }
  await cloud.clock.drain()
  client.destroy()
}
