import type { ModelHeader } from '../contract/artifact.ts'
import type { ModelConfiguration } from '../contract/scene.ts'
import { encodeModel, type ModelArtifact, type Section } from '../core/artifact.ts'
import { canonicalJson } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { adoptWeight, createModel, type Model, weightOf } from './model.ts'

/** Whether a slot of two models of one shape holds the same state. */
function isSameSlot(a: Model, b: Model, slot: number): boolean {
  if (a.touched[slot] !== b.touched[slot]) return false
  if (a.linear.z[slot] !== b.linear.z[slot] || a.linear.n[slot] !== b.linear.n[slot]) return false
  if (!a.pairs || !b.pairs) return true
  for (let i = slot * a.factors; i < (slot + 1) * a.factors; i++)
    if (a.pairs.values[i] !== b.pairs.values[i] || a.pairs.squares[i] !== b.pairs.squares[i])
      return false
  return true
}

/** Copies a few cells. `into.set(from.subarray(…))` is ten times slower for so few. */
function copyCells(
  from: Float32Array,
  fromAt: number,
  into: Float32Array,
  intoAt: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) into[intoAt + i] = from[fromAt + i]!
}

/** The slots that training has touched. With a base, only those that differ from it. */
function storedSlots(model: Model, base: Model | null): Uint32Array {
  const slots: number[] = []
  for (let slot = 0; slot < model.touched.length; slot++)
    if (model.touched[slot] && !(base && isSameSlot(model, base, slot))) slots.push(slot)
  return Uint32Array.from(slots)
}

/**
 * The model as the bytes of `model.qmm`. Equal models and headers give equal bytes. With a base it is a
 * delta: the slots that differ from the base. `extra` has the further sections of a checkpoint.
 */
export function saveModel(
  model: Model,
  header: Omit<
    ModelHeader,
    'sections' | 'kind' | 'hashBits' | 'factors' | 'hyperparameters' | 'rowsSeen'
  >,
  base: Model | null = null,
  extra: Readonly<Record<string, Section>> = {},
): Uint8Array {
  const { configuration, factors } = model
  const { kind: _kind, hashBits, youngLabels: _labels, ...numbers } = configuration
  const slots = storedSlots(model, base)
  const gather = (from: Float32Array, width: number): Float32Array => {
    const into = new Float32Array(slots.length * width)
    for (let i = 0; i < slots.length; i++)
      copyCells(from, slots[i]! * width, into, i * width, width)
    return into
  }
  const weights = Float32Array.from(slots, (slot) => weightOf(model, slot))
  return encodeModel(
    {
      ...header,
      kind: configuration.kind,
      hashBits,
      factors,
      hyperparameters: numbers,
      rowsSeen: model.rowsSeen,
    },
    {
      slots,
      weights,
      z: gather(model.linear.z, 1),
      n: gather(model.linear.n, 1),
      ...(model.pairs
        ? {
            factors: gather(model.pairs.values, factors),
            factorSquares: gather(model.pairs.squares, factors),
          }
        : {}),
      ...extra,
    },
  )
}

/**
 * Loads a model to continue or to score. A delta needs its `base`. A model of another image has no FTRL
 * state, so only its weights are loaded. Throws CorruptArtifact, with the found and the expected value,
 * if the shape or the features differ from the configuration. The model is loaded into `blank`, which
 * training must not have touched.
 */
export function loadModel(
  artifact: ModelArtifact,
  configuration: ModelConfiguration,
  features: readonly unknown[],
  base: ModelArtifact | null = null,
  blank: Model = createModel(configuration),
): Model {
  const { header, sections } = artifact
  if (header.deltaOf !== (base?.header.version ?? null))
    throw new CorruptArtifact(
      `model ${header.version}: got the base ${base?.header.version ?? 'none'}, expected ${header.deltaOf ?? 'none'}`,
    )
  const model = base ? loadModel(base, configuration, features, null, blank) : blank
  const got = {
    kind: header.kind,
    hashBits: header.hashBits,
    factors: header.factors,
    features: header.features,
  }
  const wanted = {
    kind: configuration.kind,
    hashBits: configuration.hashBits,
    factors: model.factors,
    features,
  }
  for (const key of ['kind', 'hashBits', 'factors', 'features'] as const)
    if (canonicalJson(got[key]) !== canonicalJson(wanted[key]))
      throw new CorruptArtifact(
        `model ${header.version}: its ${key} ${JSON.stringify(got[key])} differ from the configured ${JSON.stringify(wanted[key])}; a full training starts a new lineage`,
      )
  const slots = sections['slots'] as Uint32Array
  const scatter = (name: string, into: Float32Array, width: number): void => {
    const from = sections[name] as Float32Array
    for (let i = 0; i < slots.length; i++)
      copyCells(from, i * width, into, slots[i]! * width, width)
  }
  if (sections['z'] && sections['n']) {
    scatter('z', model.linear.z, 1)
    scatter('n', model.linear.n, 1)
  } else for (const [i, slot] of slots.entries()) adoptWeight(model, slot, sections['weights']![i]!)
  if (model.pairs) {
    scatter('factors', model.pairs.values, model.factors)
    if (sections['factorSquares']) scatter('factorSquares', model.pairs.squares, model.factors)
  }
  for (const slot of slots) model.touched[slot] = 1
  model.rowsSeen = header.rowsSeen
  return model
}
