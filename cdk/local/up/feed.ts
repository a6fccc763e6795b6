import { rawKey } from '../../../functions/contract/keys.ts'
import type { Cloud } from '../cloud.ts'
import type { Drop } from '../world/world.ts'

/** Puts each drop into the raw bucket when its time comes; what should have come before now, at once. */
export function feedDrops(cloud: Cloud, scene: string, drops: Iterable<Drop>): { stop(): void } {
  const coming = drops[Symbol.iterator]()
  let timer: { cancel(): void } | null = null
  let isStopped = false
  function awaitNext(): void {
    const { value, done } = coming.next()
    if (done || isStopped) return
    timer = cloud.clock.atRecurring(value.arrivalMs, () => {
      cloud
        .dropRaw(rawKey(scene, value.kind, value.name), value.body, value.metadata)
        .catch((error: Error) =>
          process.stderr.write(`the world's drop ${value.name}: ${error.message}\n`),
        )
      awaitNext()
    })
  }
  awaitNext()
  return {
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}
