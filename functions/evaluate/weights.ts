import type { ModelArtifact } from '../core/artifact.ts'
import { CorruptArtifact } from '../core/errors.ts'

/**
 * Checks what every reader needs of a model (functions/reader/LAYOUT.md), whatever image trained it:
 * slots that ascend and lie within the table, and for each slot a weight and the factors of the
 * model's kind. `expectsFinite` is false where the training result says that the weights are not
 * finite: the gates judge that. Throws CorruptArtifact.
 */
export function checkWeights({ header, sections }: ModelArtifact, expectsFinite: boolean): void {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`model of ${header.version}: got ${got}, expected ${expected}`)
  const { kind, factors, hashBits } = header
  if (kind === 'logistic' ? factors !== 0 : factors < 1)
    throw wrong(
      `${factors} factors`,
      kind === 'logistic' ? 'none in a logistic model' : 'at least 1',
    )
  const { slots } = sections
  if (!(slots instanceof Uint32Array)) throw wrong('no slots', 'a section of u32')
  const bad = slots.findIndex(
    (slot, i) => slot >= 2 ** hashBits || (i > 0 && slot <= slots[i - 1]!),
  )
  if (bad >= 0) throw wrong(`slot ${slots[bad]}`, `ascending slots below ${2 ** hashBits}`)
  for (const [name, width] of Object.entries({ weights: 1, ...(factors ? { factors } : {}) })) {
    const numbers = sections[name]
    const expected = slots.length * width
    if (!(numbers instanceof Float32Array) || numbers.length !== expected)
      throw wrong(`${numbers?.length ?? 'no'} ${name}`, `${expected} of f32`)
    const notFinite = numbers.find((number) => !Number.isFinite(number))
    if (notFinite !== undefined && expectsFinite)
      throw wrong(`${name} of ${notFinite}`, 'finite numbers')
  }
}
