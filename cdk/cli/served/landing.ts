import { setTimeout } from 'node:timers/promises'
import { parseOpenAttribute, VALUES_SK, valuesPk } from '../../../functions/contract/values.ts'
import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import type { Cloud } from '../../local/cloud.ts'

const POLL_MS = 5

/** How long drops took until a reader found them in the online table, by the clock of this machine. */
export interface Landing {
  /** Waits until the drop that has just landed is in an item's row. Nothing is measured without it. */
  measure(item: string, arrivalMs: number): Promise<void>
  seconds(): { drops: number; p50: number; p95: number; max: number } | null
}

export function openLanding(cloud: Pick<Cloud, 'online' | 'underWay'>, scene: string): Landing {
  const measured: number[] = []
  const isThere = async (item: string, arrivalMs: number): Promise<boolean> => {
    const row = await cloud.online.get(valuesPk(scene, 'item', item), VALUES_SK)
    return Object.keys(row ?? {}).some((name) => parseOpenAttribute(name)?.arrivalMs === arrivalMs)
  }
  return {
    async measure(item, arrivalMs) {
      const landedMs = performance.now()
      for (;;) {
        // In this order: what ended before the row was read is in the row.
        const isOver = cloud.underWay().length === 0
        if (await isThere(item, arrivalMs)) break
        if (isOver) return
        await setTimeout(POLL_MS)
      }
      measured.push((performance.now() - landedMs) / 1000)
    },
    seconds() {
      if (measured.length === 0) return null
      const sorted = measured.toSorted((a, b) => a - b)
      return {
        drops: sorted.length,
        p50: quantileOfSorted(sorted, 0.5),
        p95: quantileOfSorted(sorted, 0.95),
        max: sorted.at(-1)!,
      }
    },
  }
}
