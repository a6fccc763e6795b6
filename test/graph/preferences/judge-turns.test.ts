import fc from 'fast-check'
import { expect, test } from 'vitest'
import { preferencesSchema } from '../../../functions/contract/preferences.ts'
import { type AnswerEvent, readAnswers } from '../../../functions/graph/preferences/answers.ts'
import {
  type JudgedTurns,
  type JudgeOptions,
  judgeTurns,
} from '../../../functions/graph/preferences/judge-turns.ts'
import { makeAnswerEvents } from '../../make/documents-answers.ts'
import { answer } from './answer.ts'

const WINDOW = 3_600_000
const definition = preferencesSchema.parse({})
const OPTIONS: JudgeOptions = { definition, windowMs: WINDOW, fromMs: 0, throughMs: 1e12 }
const read = (events: readonly AnswerEvent[], isExcluded?: (event: AnswerEvent) => boolean) =>
  readAnswers(events, { windowMs: WINDOW, ...(isExcluded && { isExcluded }) })
const { answers: ANSWERS } = read(makeAnswerEvents(1, 200))
const rowsOf = ({ rows }: JudgedTurns, kind: string) => rows.filter((row) => row.kind === kind)

test('A regenerated answer is rejected for the one that was copied', () => {
  const judged = judgeTurns(
    [answer('a', 'bad', ['regenerate']), answer('b', 'good', ['copy'], { timeMs: 1 })],
    OPTIONS,
  )
  expect(rowsOf(judged, 'preference')).toMatchObject([
    { prompt: 'How do I start?', chosen: 'good', rejected: 'bad', user: 'u' },
  ])
  expect(rowsOf(judged, 'instruction')).toMatchObject([
    { chosen: 'good', rejected: null, chunks: '["c1"]', model: 'm', release: '1' },
  ])
})

test('The impressions of a request are one answer with its slate', () => {
  const [first, second, third, ...rest] = makeAnswerEvents(1, 1)
  const { answers } = read([third!, first!, ...rest, second!])
  expect(answers[0]).toMatchObject({
    request: 'r0-0',
    turn: 't0',
    chunks: ['c0-0', 'c0-1', 'c0-2'],
  })
})

test('A long text in parts is joined', () => {
  const [shown] = makeAnswerEvents(1, 1)
  const context = JSON.stringify({ prompt: 'p', answer: ['one ', 'two'] })
  expect(read([{ ...shown!, context }]).answers).toMatchObject([{ text: 'one two', turn: 'r0-0' }])
})

test('An outcome that names several chunks counts once', () => {
  const twice = answer('a', 'x', ['copy', 'copy'])
  expect(
    judgeTurns([twice], { ...OPTIONS, definition: { ...definition, minOpinion: 2 } }).rows,
  ).toEqual([])
})

test('The last thumb holds, and a short dwell counts nothing', () => {
  const undecided = answer('a', 'x', ['thumbs_up', 'thumbs_down'])
  expect(judgeTurns([undecided], OPTIONS).accounts.instruction).toMatchObject({ undecided: 1 })
  const short = {
    ...answer('a', 'x', []),
    outcomes: [{ name: 'dwell', chunk: 'c1', value: 2, timeMs: 1 }],
  }
  const low = { ...OPTIONS, definition: { ...definition, minOpinion: 0.5 } }
  expect(judgeTurns([short], low).rows).toEqual([])
})

test('Every turn is kept once or accounted for', () => {
  const events = makeAnswerEvents(1, 200)
  const judged = judgeTurns(read(events, ({ user }) => user === 'u3').answers, OPTIONS)
  for (const kind of ['preference', 'instruction'] as const) {
    const { turns, kept, excluded, undecided } = judged.accounts[kind]
    expect(kept + excluded + undecided).toBe(turns)
    expect(turns).toBe(200)
    expect(kept).toBe(rowsOf(judged, kind).length)
    expect(excluded).toBeGreaterThan(0)
    expect(kept).toBeGreaterThan(20)
  }
})

test('Consecutive intervals have each turn exactly once', () => {
  const end = Math.max(...ANSWERS.map(({ timeMs }) => timeMs)) + WINDOW + 1
  const idsOf = (options: JudgeOptions) => judgeTurns(ANSWERS, options).rows.map(({ id }) => id)
  const whole = idsOf(OPTIONS).sort()
  fc.assert(
    fc.property(fc.array(fc.nat({ max: end }), { maxLength: 5 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), end]
      const parts = edges
        .slice(1)
        .flatMap((throughMs, i) => idsOf({ ...OPTIONS, fromMs: edges[i]!, throughMs }))
      expect(parts.sort()).toEqual(whole)
    }),
    { numRuns: 10 },
  )
})

test('A turn whose window has ended never changes', () => {
  const first = answer('a', 'good', ['copy'])
  const late = answer('b', 'better', ['thumbs_up'], { timeMs: WINDOW })
  const early = { ...OPTIONS, throughMs: WINDOW + 1 }
  expect(judgeTurns([first, late], early).rows).toEqual(judgeTurns([first], early).rows)
  const later = judgeTurns([first, late], { ...OPTIONS, fromMs: WINDOW + 1 })
  expect(later.accounts.instruction.turns).toBe(1)
})

test('Repeated and reordered events give the same rows', () => {
  const events = makeAnswerEvents(2, 60)
  const rows = (some: typeof events): string =>
    JSON.stringify(judgeTurns(read(some).answers, OPTIONS))
  fc.assert(
    fc.property(
      fc.shuffledSubarray(events, { minLength: events.length }),
      fc.nat(50),
      (some, n) => {
        expect(rows([...some, ...some.slice(0, n)])).toBe(rows(events))
      },
    ),
    { numRuns: 10 },
  )
})

test('No row is from an excluded event', () => {
  const isExcluded = ({ user }: { user: string }): boolean => Number(user.slice(1)) % 2 === 0
  const { rows } = judgeTurns(read(makeAnswerEvents(1, 200), isExcluded).answers, OPTIONS)
  expect(rows.filter(isExcluded)).toEqual([])
  expect(rows.length).toBeGreaterThan(20)
})

test('Personal data is replaced and counted by rule', () => {
  const shown = answer('a', 'Mail ann@shop.org from 10.1.2.3', ['copy'], {
    prompt: 'My card is 4111 1111 1111 1111',
  })
  const { rows, personalData } = judgeTurns([shown], OPTIONS)
  expect(rows).toMatchObject([{ prompt: 'My card is [card]', chosen: 'Mail [email] from [ip]' }])
  expect(personalData).toMatchObject({ card: 1, email: 1, ip: 1, phone: 0 })
})

test('Unreadable contexts and outcomes without an answer are counted', () => {
  const [shown] = makeAnswerEvents(1, 1)
  const broken = { ...shown!, event: 'x', request: 'x', context: '{"prompt":1}' }
  const lost = { ...shown!, event: 'y', request: 'y', type: 'outcome', outcome: 'copy' }
  const late = { ...lost, event: 'z', request: shown!.request, timeMs: WINDOW }
  expect(read([shown!, broken, lost, late])).toMatchObject({ unreadable: 1, orphans: 2 })
})

test('A turn with rejected answers alone is an unmet prompt', () => {
  const judged = judgeTurns([answer('a', 'bad', ['thumbs_down'])], OPTIONS)
  expect(judged.rows).toMatchObject([{ kind: 'unmet', prompt: 'How do I start?', chosen: null }])
})

test('Answers are counted by release and by helpful chunks', () => {
  const chunks = ['a', 'b', 'c', 'd']
  const said = (request: string, release: string, ...outcomes: [name: string, chunk: string][]) =>
    answer(request, request, [], {
      ...{ chunks, turn: request, release },
      outcomes: outcomes.map(([name, chunk]) => ({ name, chunk, value: 1, timeMs: 1 })),
    })
  const { releases } = judgeTurns(
    [
      said('x', '1', ['copy', 'd'], ['dwell', 'a']),
      said('y', '2', ['thumbs_down', 'c']),
      said('z', '2', ['copy', 'c'], ['copy', 'not shown']),
    ],
    OPTIONS,
  )
  expect(releases).toEqual([
    { release: '1', answers: 1, accepted: 1, rejected: 0, helped: 1, helpedFirst: 0 },
    { release: '2', answers: 2, accepted: 1, rejected: 1, helped: 1, helpedFirst: 1 },
  ])
})
