import type { Scene } from '../../../functions/contract/scene.ts'
import type { Guess } from './guess.ts'
import type { KindChoice } from './kind-choice.ts'

/** The objective: the scene's, if the log has it; else another outcome of the log, the scene's first. */
export function objectiveFor(
  scene: Scene,
  { outcomes, hasImpressions }: KindChoice,
): { objective: string; guess: Guess | null } {
  const had = [...outcomes].filter(([, count]) => count > 0)
  if (outcomes.has(scene.objective) || had.length === 0)
    return { objective: scene.objective, guess: null }
  const [chosen] = [...had].sort(
    ([a, n], [b, m]) =>
      Number(Object.hasOwn(scene.outcomes, b)) - Number(Object.hasOwn(scene.outcomes, a)) || m - n,
  )
  const listed = had.map(([outcome, count]) => `${outcome} (${count})`).join(', ')
  return {
    objective: chosen![0],
    guess: {
      part: 'objective',
      isSure: false,
      says: `the scene ${scene.scene} predicts ${scene.objective}, which this log does not have; it has ${listed}. The written scene predicts ${chosen![0]}: set another one under "objective", or map an outcome to ${scene.objective}${hasImpressions ? '' : '; negatives are drawn'}`,
    },
  }
}

/** A label without an outcome means the objective. If the objective changed, the label must name its outcome. */
export function nameLabels(
  written: Record<string, unknown>,
  scene: Scene,
  objective: string,
): Record<string, unknown> {
  if (objective === scene.objective || written['label'] === undefined) return written
  const name = (label: object) =>
    'outcome' in label ? label : { ...label, outcome: scene.objective }
  const label = written['label'] as object
  return { ...written, label: Array.isArray(label) ? label.map(name) : name(label) }
}
