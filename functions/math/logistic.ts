/** Logistic function, without overflow at either end. */
export function sigmoid(logit: number): number {
  if (logit >= 0) return 1 / (1 + Math.exp(-logit))
  const e = Math.exp(logit)
  return e / (1 + e)
}

/** ln(p / (1 − p)) for p in (0, 1). */
export const logit = (p: number): number => Math.log(p) - Math.log1p(-p)

/**
 * Negative log-likelihood, in nats, of a 0/1 label at a logit: ln(1 + e^−z) or ln(1 + e^z),
 * numerically stable.
 */
export function logLossAtLogit(z: number, label: number): number {
  const margin = label === 1 ? z : -z
  return margin > 0 ? Math.log1p(Math.exp(-margin)) : -margin + Math.log1p(Math.exp(margin))
}

/** Predictions are clipped this far from 0 and 1, so that one row cannot make a mean infinite. */
const PROBABILITY_FLOOR = 1e-12

/** Negative log-likelihood, in nats, of a 0/1 label at a probability. */
export function logLossAt(p: number, label: number): number {
  const held = Math.min(1 - PROBABILITY_FLOOR, Math.max(PROBABILITY_FLOOR, p))
  return label === 1 ? -Math.log(held) : -Math.log1p(-held)
}
