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

/** Kills the functions that work on these drops, again and again, in the middle. */
export function* interrupted(cloud: Cloud, drops: Iterable<Drop>): Generator<Drop> {
  let n = 0
  for (const drop of drops) {
    n++
    // Killed before its first request, between two files, and before its manifest.
    if (n % 7 === 0) cloud.functions.killDuring('intake', { afterRequests: n % 3 })
    if (n % 25 === 0) cloud.functions.killDuring('close', { afterRequests: 4 })
    if (n % 20 === 0) cloud.functions.killDuring('samples', { afterRequests: 3 })
    if (n % 30 === 0) cloud.functions.killDuring('start', { afterRequests: 6 })
    if (n % 40 === 0) cloud.functions.killDuring('release', { afterRequests: 3 })
    yield drop
  }
}
