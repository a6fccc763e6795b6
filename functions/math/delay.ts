/**
 * How an outcome's delay is distributed: (minutes after the impression, share of outcomes that
 * have come by then), ascending in both, the last share 1. Between two points the share is linear.
 */
export type DelayCurve = readonly (readonly [minutes: number, share: number])[]

/** Share of an outcome's occurrences that have come within `minutes`, in [0, 1]. */
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

/** The delay, minutes, by which a share in [0, 1) of an outcome's occurrences have come: the curve's inverse. */
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
