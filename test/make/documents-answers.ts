import type { AnswerEvent } from '../../functions/graph/preferences/answers.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { makeWord } from './documents.ts'

const MINUTE = 60_000

/**
 * A seeded log of an assistant: each turn has one to three answers of three chunks, a minute apart, and begins ten minutes
 * after the one before. All but the last one were asked for again; some are liked, copied or read.
 */
export function makeAnswerEvents(seed: number, turns: number, users = 20): AnswerEvent[] {
  const uniform = seededUniform(seed)
  const words = (n: number): string => Array.from({ length: n }, () => makeWord(uniform)).join(' ')
  return Array.from({ length: turns }, (_, r) => {
    const user = `u${Math.floor(uniform() * users)}`
    const prompt = `${words(8)} ${r}`
    const shown = 1 + Math.floor(3 * uniform())
    return Array.from({ length: shown }, (_answer, a) => {
      const timeMs = (r * 10 + a) * MINUTE
      const request = `r${r}-${a}`
      const base = { user, request, release: 'r1', drop: 'd', outcome: null, value: null }
      const context = JSON.stringify({ prompt, answer: words(12), turn: `t${r}`, model: 'm1' })
      const outcomes: [string, number | null][] = a < shown - 1 ? [['regenerate', null]] : []
      if (uniform() < 0.4) outcomes.push([a < shown - 1 ? 'thumbs_down' : 'thumbs_up', null])
      if (uniform() < 0.3) outcomes.push(['copy', null])
      if (uniform() < 0.3) outcomes.push(['dwell', Math.floor(100 * uniform())])
      return [
        ...[0, 1, 2].map((place) => ({
          ...{ ...base, event: `i-${request}-${place}`, type: 'impression', timeMs, context },
          ...{ item: `c${r}-${place}`, position: place + 1 },
        })),
        ...outcomes.map(([outcome, value], o) => ({
          ...{ ...base, event: `o-${request}-${o}`, type: 'outcome', outcome, value },
          ...{ timeMs: timeMs + 1000 * (o + 1), item: `c${r}-0`, position: null, context: null },
        })),
      ]
    })
  }).flat(2)
}
