import { rawKey } from '../../../functions/contract/keys.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { Drop } from '../world/world.ts'

/**
 * Puts each drop into the raw bucket at its time. Drops of the past are put at once. Calls `landed`
 * after each drop.
 */
export function feedDrops(
  cloud: Cloud,
  scene: string,
  drops: Iterable<Drop>,
  landed: () => Promise<void>,
): { stop(): void } {
  const coming = drops[Symbol.iterator]()
  let timer: { cancel(): void } | null = null
  let isStopped = false

  async function put({ kind, name, body, metadata }: Drop): Promise<void> {
    try {
      await cloud.dropRaw(rawKey(scene, kind, name), body, metadata)
      await landed()
    } catch (error) {
      if (!isStopped)
        process.stderr.write(
          `the drop ${name} of the seeded world was not stored: ${(error as Error).message}\n`,
        )
    }
  }
  function awaitNext(): void {
    const { value, done } = coming.next()
    if (done || isStopped) return
    timer = cloud.clock.atRecurring(value.arrivalMs, () => {
      void put(value)
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
