import type { ShownAnswer } from '../../../functions/graph/preferences/answers.ts'

/** An answer with outcomes at once, each of a minute. */
export const answer = (
  request: string,
  text: string,
  outcomes: string[],
  fields: Partial<ShownAnswer> = {},
): ShownAnswer => ({
  ...{ request, turn: 't', user: 'u', timeMs: 0, prompt: 'How do I start?', text },
  ...{ chunks: ['c1'], model: 'm', release: '1', isExcluded: false },
  outcomes: outcomes.map((name, i) => ({ name, chunk: 'c1', value: 60, timeMs: i })),
  ...fields,
})
