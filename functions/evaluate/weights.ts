import type { ModelArtifact } from '../core/artifact.ts'
import { CorruptArtifact } from '../core/errors.ts'

/**
 * What every reader asks of a model, whoever trained it (functions/reader/LAYOUT.md): slots in order
 * and within the table, and a weight, and the factors of its kind, for each. That they are numbers
 * only where training did not say itself that they are not. Throws CorruptArtifact.
 */
export function checkWeights({ header, sections }: ModelArtifact, saysFinite: boolean): void {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`model of ${header.version}: got ${got}, expected ${expected}`)
  const { kind, factors, hashBits } = header
  if (kind === 'logistic' ? factors !== 0 : factors < 1)
    throw wrong(
      `${factors} factors`,
      kind === 'logistic' ? 'none of a logistic model' : 'at least 1',
    )
  const { slots } = sections
  if (!(slots instanceof Uint32Array)) throw wrong('no slots', 'a section of u32')
  const bad = slots.findIndex(
    (slot, i) => slot >= 2 ** hashBits || (i > 0 && slot <= slots[i - 1]!),
  )
  if (bad >= 0) throw wrong(`slot ${slots[bad]}`, `ascending ones below ${2 ** hashBits}`)
  for (const [name, width] of Object.entries({ weights: 1, ...(factors ? { factors } : {}) })) {
    const numbers = sections[name]
    const expected = slots.length * width
    if (!(numbers instanceof Float32Array) || numbers.length !== expected)
      throw wrong(`${numbers?.length ?? 'no'} ${name}`, `${expected} of f32`)
    const at = numbers.findIndex((number) => !Number.isFinite(number))
    if (at >= 0 && saysFinite) throw wrong(`${name} of ${numbers[at]}`, 'numbers')
  }
}
