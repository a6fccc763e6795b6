import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { isoSeconds } from '../../functions/contract/time.ts'

/** The EventBridge events that S3 sent of every object in the raw bucket, as intake's queue holds them. */
export async function eventsOf(cloud: Cloud): Promise<object[]> {
  const objects = await cloud.raw.list('raw/')
  return Promise.all(
    objects.map(async ({ key, bytes }) => {
      const head = (await cloud.raw.head(key))!
      return {
        time: isoSeconds(head.modifiedMs),
        detail: {
          bucket: { name: cloud.raw.bucket },
          object: {
            key,
            size: bytes,
            etag: head.etag.replaceAll('"', ''),
            'version-id': head.versionId,
          },
        },
      }
    }),
  )
}

/** Hands intake events again, as its queue does. */
export const redeliver = (cloud: Cloud, events: readonly object[]): Promise<unknown> =>
  cloud.functions.invoke(
    cloud.declarations.functions.find(({ stage }) => stage === 'intake')!.name,
    { Records: events.map((event, i) => ({ messageId: String(i), body: JSON.stringify(event) })) },
  )

/** At every so many drops, which stage is killed, and how many requests it may make before. */
type Kill = readonly [everyDrops: number, stage: string, requests: (n: number) => number]

const KILLS: readonly Kill[] = [
  // Before its first request, between two files, and before its manifest.
  [7, 'intake', (n) => n % 3],
  // Before the manifest is read, among the rows, and before a delta.
  [9, 'near-line', (n) => n % 5],
  [25, 'close', () => 4],
  [18, 'states', () => 2],
  [16, 'fold', (n) => n % 10],
  [22, 'advance', (n) => n % 4],
  [20, 'samples', () => 3],
  [30, 'start', () => 6],
  [40, 'release', () => 3],
  [35, 'parity', () => 3],
]
/** For days with other faults too. */
export const RARE_KILLS: readonly Kill[] = [
  [23, 'intake', (n) => n % 3],
  [19, 'near-line', (n) => n % 5],
  [37, 'close', () => 4],
  [33, 'states', () => 2],
  [27, 'fold', (n) => n % 10],
  [39, 'advance', (n) => n % 4],
  [31, 'samples', () => 3],
  [41, 'start', (n) => n % 7],
  [43, 'increment', () => 5],
  [47, 'evaluate', () => 4],
  [53, 'release', () => 5],
  [51, 'parity', () => 3],
]

/** Kills the functions that work on the nth drop and after it, in the middle. */
export function killAt(cloud: Cloud, n: number, kills: readonly Kill[]): void {
  for (const [everyDrops, stage, requests] of kills)
    if (n % everyDrops === 0) cloud.functions.killDuring(stage, { afterRequests: requests(n) })
}

/** Kills functions again and again while these drops are delivered. */
export function* interrupted(cloud: Cloud, drops: Iterable<Drop>): Generator<Drop> {
  let n = 0
  for (const drop of drops) {
    killAt(cloud, ++n, KILLS)
    yield drop
  }
}
