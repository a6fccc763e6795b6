import { TopK } from './top-k.ts'

/**
 * The places of the `count` largest scores, the largest first; equal scores: the first place. Leaves out −∞
 * and NaN, so there may be fewer.
 */
export function placesOfLargest(scores: ArrayLike<number>, count: number): Uint32Array {
  const top = new TopK(count)
  let floor = top.floor
  for (let place = 0; place < scores.length; place++) {
    if (!(scores[place]! > floor)) continue
    top.keep(scores[place]!, place)
    floor = top.floor
  }
  return Uint32Array.from(top.sorted(), ({ place }) => place)
}
