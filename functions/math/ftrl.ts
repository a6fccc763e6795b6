/** Per-coordinate FTRL-Proximal hyperparameters (McMahan et al. 2013, algorithm 1). */
export interface FtrlOptions {
  alpha: number
  beta: number
  l1: number
  l2: number
}

/** State of every slot: `z` and `n` of algorithm 1, in the 32 bits in which they are stored. */
export interface FtrlState {
  z: Float32Array
  n: Float32Array
}

export const createFtrlState = (slots: number): FtrlState => ({
  z: new Float32Array(slots),
  n: new Float32Array(slots),
})

/** The weight that z and n define. L1 keeps it at zero until the evidence is stronger. */
export function ftrlWeight(state: FtrlState, slot: number, options: FtrlOptions): number {
  const z = state.z[slot]!
  if (Math.abs(z) <= options.l1) return 0
  const rate = (options.beta + Math.sqrt(state.n[slot]!)) / options.alpha + options.l2
  return -(z - Math.sign(z) * options.l1) / rate
}

/** The state of a slot with this weight before any step: the inverse of `ftrlWeight` at n = 0. */
export function ftrlStartAt(
  state: FtrlState,
  slot: number,
  weight: number,
  { alpha, beta, l1, l2 }: FtrlOptions,
): void {
  state.n[slot] = 0
  state.z[slot] = -weight * (beta / alpha + l2) - Math.sign(weight) * l1
}

/** One gradient step on one slot, from the weight that made the prediction. */
export function ftrlUpdate(
  state: FtrlState,
  slot: number,
  gradient: number,
  weight: number,
  options: FtrlOptions,
): void {
  const n = state.n[slot]!
  const squared = gradient * gradient
  const sigma = (Math.sqrt(n + squared) - Math.sqrt(n)) / options.alpha
  state.z[slot] = state.z[slot]! + gradient - sigma * weight
  state.n[slot] = n + squared
}
