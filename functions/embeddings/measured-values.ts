import type { SpaceFigures } from '../contract/space-comparison.ts'
import type { Embedded } from './embed.ts'

/** HR@10 of the chosen lists over that of popularity. Null where one is missing. */
function liftOf({ lists }: SpaceFigures): number | null {
  const rateOf = (name: string | undefined): number | null =>
    lists?.candidates.find((one) => one.name === name)?.hitRate ?? null
  const [chosen, popularity] = [rateOf(lists?.chosen), rateOf('popularity')]
  return chosen !== null && popularity ? chosen / popularity : null
}

/** What a build is measured by. What was not compared has no value. */
export function measuredValues(
  { result }: Pick<Embedded, 'result'>,
  figures: SpaceFigures | null,
): { SpaceRefused: number; SpaceLift?: number; SpaceOverlap?: number } {
  const lift = figures && liftOf(figures)
  const overlap = figures?.overlaps.find(({ side }) => side === 'in')?.served ?? null
  return {
    SpaceRefused: result === 'refused' ? 1 : 0,
    ...(lift !== null && { SpaceLift: 100 * lift }),
    ...(overlap !== null && { SpaceOverlap: 100 * overlap }),
  }
}
