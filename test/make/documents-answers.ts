import type { EventRow } from '../../functions/contract/rows.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { makeWord } from './documents.ts'

type AnswerEvent = Pick<
  EventRow,
  | 'event'
  | 'type'
  | 'timeMs'
  | 'user'
  | 'item'
  | 'request'
  | 'outcome'
  | 'value'
  | 'release'
  | 'context'
>
const MINUTE = 60_000

/**
 * A seeded log of an assistant: each request has one to three answers, a minute apart. The last one of several was
 * asked for again; some are liked, copied or read.
 */
export function makeAnswerEvents(seed: number, requests: number, users = 20): AnswerEvent[] {
  const uniform = seededUniform(seed)
  const words = (n: number): string => Array.from({ length: n }, () => makeWord(uniform)).join(' ')
  return Array.from({ length: requests }, (_, r) => {
    const user = `u${Math.floor(uniform() * users)}`
    const prompt = `${words(8)} ${r}`
    const shown = 1 + Math.floor(3 * uniform())
    return Array.from({ length: shown }, (_answer, a) => {
      const timeMs = (r * 10 + a) * MINUTE
      const base = { user, request: `r${r}`, item: `a${r}-${a}`, release: 'r1' }
      const outcomes: [string, number | null][] = a < shown - 1 ? [['regenerate', null]] : []
      if (uniform() < 0.4) outcomes.push([a < shown - 1 ? 'thumbs-down' : 'thumbs-up', null])
      if (uniform() < 0.3) outcomes.push(['copy', null])
      if (uniform() < 0.3) outcomes.push(['dwell', Math.floor(100 * uniform())])
      return [
        {
          ...{
            ...base,
            event: `i${r}-${a}`,
            type: 'impression',
            timeMs,
            outcome: null,
            value: null,
          },
          context: JSON.stringify({ prompt, answer: words(12), chunks: [`c${r}`], model: 'm1' }),
        },
        ...outcomes.map(([outcome, value], o) => ({
          ...{
            ...base,
            event: `o${r}-${a}-${o}`,
            type: 'outcome',
            timeMs: timeMs + 1000 * (o + 1),
          },
          ...{ outcome, value, context: null },
        })),
      ]
    })
  }).flat(2)
}
