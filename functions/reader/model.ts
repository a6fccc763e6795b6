import type { ModelHeader } from '../contract/artifact.ts'
import { type Feature, featureSchema } from '../contract/features.ts'
import type { ModelArtifact, Section } from '../core/artifact.ts'
import { canonicalJson } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { type FactorState, interactions } from '../math/factors.ts'
import { createVectorizer, type Vectorizer } from '../trainer/vectorize.ts'

/**
 * A model to score with: the stored weights and factors by slot, without the optimizer's state.
 * Memory: 4 × (1 + factors) bytes for each of 2^hashBits slots.
 */
export interface ServingModel {
  readonly header: ModelHeader
  readonly features: readonly Feature[]
  readonly weights: Float32Array
  readonly pairs: FactorState | null
}
type Cells = Parameters<Vectorizer>[0]

/** What must be equal in a delta and its base. */
const shapeOf = ({ kind, hashBits, factors, features }: ModelHeader): string =>
  canonicalJson({ kind, hashBits, factors, features })

function sectionOf({ header, sections }: ModelArtifact, name: string, length: number): Section {
  const section = sections[name]
  if (section?.length === length) return section
  throw new CorruptArtifact(
    `model ${header.version}: got ${section?.length ?? 'no'} ${name}, expected ${length}`,
  )
}

/**
 * Opens the model of an artifact. A delta is applied to a copy of its base's arrays. Throws
 * CorruptArtifact where `base` is not the delta's base, or their shapes differ.
 */
export function openModel(artifact: ModelArtifact, base: ServingModel | null): ServingModel {
  const { header, sections } = artifact
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`model ${header.version}: got ${got}, expected ${expected}`)
  if (header.deltaOf !== (base?.header.version ?? null))
    throw wrong(`the base ${base?.header.version ?? 'none'}`, header.deltaOf ?? 'none')
  if (base && shapeOf(base.header) !== shapeOf(header))
    throw wrong('a base of another kind, size or features', 'those of the delta')
  const features = featureSchema.array().safeParse(header.features)
  if (!features.success)
    throw wrong('features of a later version', 'features that this reader knows')

  const { hashBits, factors } = header
  const slots = sectionOf(artifact, 'slots', sections['slots']?.length ?? -1)
  const size = 2 ** hashBits
  const outside = slots.findIndex((slot) => slot >= size)
  if (outside >= 0) throw wrong(`slot ${slots[outside]}`, `slots below ${size}`)
  const weights = base ? base.weights.slice() : new Float32Array(size)
  const stored = sectionOf(artifact, 'weights', slots.length)
  slots.forEach((slot, i) => {
    weights[slot] = stored[i]!
  })
  if (factors === 0) return { header, features: features.data, weights, pairs: null }

  const values = base ? base.pairs!.values.slice() : new Float32Array(size * factors)
  const storedFactors = sectionOf(artifact, 'factors', slots.length * factors) as Float32Array
  slots.forEach((slot, i) => {
    values.set(storedFactors.subarray(i * factors, (i + 1) * factors), slot * factors)
  })
  // Only training needs AdaGrad's sums of squares.
  const pairs = { values, squares: new Float32Array(0) }
  return { header, features: features.data, weights, pairs }
}

/** A row's slots and values. Each value has 32 bits, as in training. */
export interface Entries {
  slots: Uint32Array
  values: Float32Array
  count: number
}

/** Turns cells into entries, the bias first. The next call overwrites the entries. */
export function createEntries(model: ServingModel): (cells: Cells) => Entries {
  const vectorize = createVectorizer(model.features, model.header.hashBits)
  const entries: Entries = { slots: new Uint32Array(64), values: new Float32Array(64), count: 0 }
  const emit = (slot: number, value: number): void => {
    if (entries.count === entries.slots.length) {
      const slots = new Uint32Array(2 * entries.count)
      const values = new Float32Array(2 * entries.count)
      slots.set(entries.slots)
      values.set(entries.values)
      Object.assign(entries, { slots, values })
    }
    entries.slots[entries.count] = slot
    entries.values[entries.count++] = value
  }
  return (cells) => {
    entries.count = 0
    vectorize(cells, emit)
    return entries
  }
}

/**
 * The log-odds of a row: Σ w x, plus the pairwise interactions of all entries except the bias. They
 * differ from the trainer's, which has weights of 64 bits, by at most 2^−24 × Σ |w x|.
 */
export function createScorer(model: ServingModel): (cells: Cells) => number {
  const { weights, pairs, header } = model
  const entriesOf = createEntries(model)
  const sums = new Float64Array(header.factors)
  return (cells) => {
    const { slots, values, count } = entriesOf(cells)
    let logit = 0
    for (let i = 0; i < count; i++) logit += weights[slots[i]!]! * values[i]!
    return pairs
      ? logit + interactions(pairs, slots, values, 1, count, header.factors, sums)
      : logit
  }
}
