import type { ModelConfiguration } from '../contract/scene.ts'
import {
  createFactorState,
  type FactorOptions,
  type FactorState,
  interactions,
  updateFactors,
  wakeFactors,
} from '../math/factors.ts'
import {
  createFtrlState,
  type FtrlOptions,
  type FtrlState,
  ftrlStartAt,
  ftrlUpdate,
  ftrlWeight,
} from '../math/ftrl.ts'
import { Sum } from '../math/sum.ts'
import { youngGradient } from '../math/young-labels.ts'
import { BIAS_SLOT } from './vectorize.ts'

/**
 * Hashed logistic regression, with pairwise factors where configured. Weights are functions of
 * FTRL's z and n, so a model continues from an artifact exactly where it ended. Memory: 8 bytes a
 * slot, and 8 × factors more for a factorization machine, times 2^hashBits; training adds 9.
 */
export interface Model {
  readonly configuration: ModelConfiguration
  readonly factors: number
  readonly linear: FtrlState
  /** The bias is no feature to be chosen: L1 would hold a rare outcome's base rate back. */
  readonly biasOptions: FtrlOptions
  readonly pairs: FactorState | null
  /** 1 where training has been: only these slots are stored. */
  readonly touched: Uint8Array
  rowsSeen: number
}

export function createModel(configuration: ModelConfiguration): Model {
  const slots = 2 ** configuration.hashBits
  const factors = configuration.kind === 'factorization-machine' ? configuration.factors : 0
  return {
    configuration,
    factors,
    linear: createFtrlState(slots),
    biasOptions: { alpha: configuration.alpha, beta: configuration.beta, l1: 0, l2: 0 },
    pairs: factors > 0 ? createFactorState(slots, factors) : null,
    touched: new Uint8Array(slots),
    rowsSeen: 0,
  }
}

/**
 * Makes a model blank again. Its arrays are megabytes: to use them again takes less time than to get
 * others from the system.
 */
export function clearModel(model: Model): Model {
  const { linear, pairs, factors, touched } = model
  for (let slot = 0; slot < touched.length; slot++) {
    if (!touched[slot]) continue
    touched[slot] = 0
    linear.z[slot] = 0
    linear.n[slot] = 0
    for (let i = slot * factors; pairs && i < (slot + 1) * factors; i++) {
      pairs.values[i] = 0
      pairs.squares[i] = 0
    }
  }
  model.rowsSeen = 0
  return model
}

const factorOptions = (model: Model): FactorOptions => {
  const { configuration } = model
  if (configuration.kind !== 'factorization-machine') throw new TypeError('a model without factors')
  return {
    factors: configuration.factors,
    alpha: configuration.factorAlpha,
    l2: configuration.factorL2,
    init: configuration.factorInit,
    seed: configuration.seed,
  }
}

const linearOptions =
  (model: Model) =>
  (slot: number): FtrlOptions =>
    slot === BIAS_SLOT ? model.biasOptions : model.configuration

/** The linear weight of a slot. */
export const weightOf = (model: Model, slot: number): number =>
  ftrlWeight(model.linear, slot, linearOptions(model)(slot))

/** Gives a slot a weight that another image has learned, whose state is not FTRL's. */
export const adoptWeight = (model: Model, slot: number, weight: number): void =>
  ftrlStartAt(model.linear, slot, weight, linearOptions(model)(slot))

/** Evaluates and updates rows of one model; holds its scratch space. */
export interface Learner {
  /** Log-odds of the row whose entries lie in [from, to), without sampling correction. */
  logit(slots: Uint32Array, values: Float32Array, from: number, to: number): number
  /**
   * The same, then one step towards `label`, at the logit plus `correction`; `known` is the share
   * of the row's outcomes that have come.
   */
  learn(
    slots: Uint32Array,
    values: Float32Array,
    from: number,
    to: number,
    label: number,
    correction: number,
    known?: number,
  ): number
}

export function createLearner(model: Model): Learner {
  const { linear, pairs, factors, touched } = model
  const optionsOf = linearOptions(model)
  const pairOptions = pairs ? factorOptions(model) : null
  const sums = new Float64Array(factors)
  const { youngLabels } = model.configuration

  function logit(slots: Uint32Array, values: Float32Array, from: number, to: number): number {
    let sum = 0
    for (let i = from; i < to; i++)
      sum += ftrlWeight(linear, slots[i]!, optionsOf(slots[i]!)) * values[i]!
    // The bias comes first and has no factors.
    if (pairs) sum += interactions(pairs, slots, values, from + 1, to, factors, sums)
    return sum
  }
  function learn(
    slots: Uint32Array,
    values: Float32Array,
    from: number,
    to: number,
    label: number,
    correction: number,
    known = 1,
  ): number {
    for (let i = from; i < to; i++) {
      const slot = slots[i]!
      if (touched[slot]) continue
      touched[slot] = 1
      if (pairs && slot !== BIAS_SLOT) wakeFactors(pairs, slot, pairOptions!)
    }
    const z = logit(slots, values, from, to)
    const error = youngGradient(youngLabels, z, correction, label, known)
    for (let i = from; i < to; i++) {
      const slot = slots[i]!
      const slotOptions = optionsOf(slot)
      ftrlUpdate(
        linear,
        slot,
        error * values[i]!,
        ftrlWeight(linear, slot, slotOptions),
        slotOptions,
      )
      if (pairs && i > from) updateFactors(pairs, slot, values[i]!, error, sums, pairOptions!)
    }
    model.rowsSeen++
    return z
  }
  return { logit, learn }
}

/** L2 norm of all weights and factors; those of slots that training has not touched are zero. */
export function normOf(model: Model): number {
  const { touched, pairs, factors } = model
  const sum = new Sum()
  for (let slot = 0; slot < touched.length; slot++)
    if (touched[slot]) sum.add(weightOf(model, slot) ** 2)
  for (let slot = 0; pairs && slot < touched.length; slot++) {
    if (!touched[slot]) continue
    for (let i = slot * factors; i < (slot + 1) * factors; i++) {
      const v = pairs.values[i]!
      if (v !== 0) sum.add(v * v)
    }
  }
  return Math.sqrt(sum.value)
}
