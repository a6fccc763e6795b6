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
 * Hashed logistic regression, with pairwise factors if configured. Weights are functions of FTRL's z
 * and n, so training continues exactly from the end of an artifact. Memory for each of 2^hashBits
 * slots: 8 bytes, and 8 × factors more for a factorization machine. Training adds 9 bytes.
 */
export interface Model {
  readonly configuration: ModelConfiguration
  readonly factors: number
  readonly linear: FtrlState
  /** The bias has no L1 or L2: they would pull the base rate of a rare outcome towards zero log-odds. */
  readonly biasOptions: FtrlOptions
  readonly pairs: FactorState | null
  /** 1 for slots that training has touched. Only these slots are stored. */
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
 * Resets a model to its blank state. Its arrays take megabytes, and to reuse them is faster than to
 * allocate new ones.
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
  if (configuration.kind !== 'factorization-machine')
    throw new TypeError('a model without factors has no factor options')
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

/** Gives a slot a weight that another image has learned. Its state is not that of FTRL. */
export const adoptWeight = (model: Model, slot: number, weight: number): void =>
  ftrlStartAt(model.linear, slot, weight, linearOptions(model)(slot))

/** Evaluates and trains one model. Holds its scratch space. */
export interface Learner {
  /** Log-odds of the row with the entries [from, to), without sampling correction. */
  logit(slots: Uint32Array, values: Float32Array, from: number, to: number): number
  /**
   * Returns the same log-odds, and then takes one step towards `label`, at the logit plus `correction`.
   * `known` is the share of the row's outcomes that have arrived. `hasFactors` says which entries have
   * factors; without it all but the bias have. The step is `trust` times that of a trusted row.
   */
  learn(
    slots: Uint32Array,
    values: Float32Array,
    from: number,
    to: number,
    label: number,
    correction: number,
    known?: number,
    hasFactors?: Uint8Array,
    trust?: number,
  ): number
}

/** Whether entry `i` of a row from `from` on has factors. The bias comes first and has none. */
const isPaired = (i: number, from: number, hasFactors?: Uint8Array): boolean =>
  i > from && (hasFactors === undefined || hasFactors[i] === 1)

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
    hasFactors?: Uint8Array,
    trust = 1,
  ): number {
    for (let i = from; i < to; i++) {
      const slot = slots[i]!
      const isFirst = !touched[slot]
      touched[slot] = 1
      if (isFirst && pairs && isPaired(i, from, hasFactors)) wakeFactors(pairs, slot, pairOptions!)
    }
    const z = logit(slots, values, from, to)
    const error = trust * youngGradient(youngLabels, z, correction, label, known)
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
      if (pairs && isPaired(i, from, hasFactors))
        updateFactors(pairs, slot, values[i]!, error, sums, pairOptions!)
    }
    model.rowsSeen++
    return z
  }
  return { logit, learn }
}

/** L2 norm of all weights and factors. Slots that training has not touched have zeros. */
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
