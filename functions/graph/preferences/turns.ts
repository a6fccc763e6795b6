import type { ShownAnswer } from './answers.ts'

const byTime = (a: ShownAnswer, b: ShownAnswer): number =>
  a.timeMs - b.timeMs || (a.request < b.request ? -1 : 1)

/** Answers to one prompt of one person, by time. Never empty. */
export type Turn = readonly ShownAnswer[]

/** A turn has ended when the window of its last answer has. */
export const endOf = (turn: Turn, windowMs: number): number => turn.at(-1)!.timeMs + windowMs

/**
 * Groups answers by turn. An answer that comes a whole window after the last one begins a new turn, so a turn whose
 * window has ended never changes. In order of their first answer's time. The order of the answers does not matter.
 */
export function turnsOf(answers: readonly ShownAnswer[], windowMs: number): Turn[] {
  const groups = Map.groupBy(answers, ({ user, turn, prompt }) =>
    JSON.stringify([user, turn, prompt]),
  )
  const turns = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const sorted = group.toSorted(byTime)
      const starts = sorted.flatMap(({ timeMs }, i) =>
        i === 0 || timeMs - sorted[i - 1]!.timeMs >= windowMs ? [i] : [],
      )
      return starts.map((start, i) => sorted.slice(start, starts[i + 1]))
    })
  return turns.sort((a, b) => a[0]!.timeMs - b[0]!.timeMs)
}
