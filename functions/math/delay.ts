/**
 * The distribution of an outcome's delay: (minutes after the impression, share of outcomes that
 * arrived by then). It is ascending in both, and the last share is 1. The share is linear between
 * two points.
 */
export type DelayCurve = readonly (readonly [minutes: number, share: number])[]

/** Share of an outcome's occurrences that arrived within `minutes`, in [0, 1]. */
export function shareWithin(curve: DelayCurve, minutes: number): number {
  let [fromMinutes, fromShare] = [0, 0]
  for (const [toMinutes, toShare] of curve) {
    if (minutes < toMinutes) {
      if (minutes <= fromMinutes) return fromShare
      const part = (minutes - fromMinutes) / (toMinutes - fromMinutes)
      return fromShare + part * (toShare - fromShare)
    }
    fromMinutes = toMinutes
    fromShare = toShare
  }
  return fromShare
}

/**
 * The inverse: the delay in minutes by which a share in [0, 1) of an outcome's occurrences has
 * arrived.
 */
export function minutesAtShare(curve: DelayCurve, share: number): number {
  let [fromMinutes, fromShare] = [0, 0]
  for (const [toMinutes, toShare] of curve) {
    if (share < toShare)
      return fromMinutes + ((share - fromShare) / (toShare - fromShare)) * (toMinutes - fromMinutes)
    fromMinutes = toMinutes
    fromShare = toShare
  }
  return fromMinutes
}
