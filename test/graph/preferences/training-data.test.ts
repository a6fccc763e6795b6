import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswers } from '../../../functions/graph/preferences/answers.ts'
import {
  bedrockCompletion,
  bedrockConversation,
  jumpStartInstructions,
  trlConversation,
  trlPreference,
} from '../../../functions/graph/preferences/layouts.ts'
import {
  makeTrainingData,
  type TrainingDataOptions,
} from '../../../functions/graph/preferences/training-data.ts'
import { makeAnswerEvents } from '../../make/documents-answers.ts'

const WINDOW = 3_600_000
const OPTIONS: TrainingDataOptions = {
  ...{ fromMs: 0, throughMs: 1e12, windowMs: WINDOW, isExcluded: () => false },
  ...{ validationFromMs: 1e12, validationShare: 0, seed: 1 },
}
const { answers: ANSWERS } = readAnswers(makeAnswerEvents(1, 200), WINDOW)

const answer = (id: string, text: string, outcomes: string[], fields: object = {}) => ({
  ...{ answer: id, request: 'r', user: 'u', timeMs: 0, prompt: 'How do I start?', text },
  ...{ chunks: ['c1'], model: 'm', release: '1' },
  outcomes: outcomes.map((name, i) => ({ name, value: 60, timeMs: i })),
  ...fields,
})

test('A regenerated answer is rejected for the one that was copied', () => {
  const { preference, instruction } = makeTrainingData(
    [answer('a', 'bad', ['regenerate']), answer('b', 'good', ['copy'], { timeMs: 1 })],
    OPTIONS,
  )
  expect(preference).toMatchObject([{ prompt: 'How do I start?', chosen: 'good', rejected: 'bad' }])
  expect(instruction).toMatchObject([{ accepted: 'good', chunks: ['c1'], release: '1' }])
})

test('The last thumb holds, and a short dwell counts nothing', () => {
  const undecided = answer('a', 'x', ['thumbs-up', 'thumbs-down'])
  expect(makeTrainingData([undecided], OPTIONS).accounts.instruction.undecided).toBe(1)
  const short = { ...answer('a', 'x', []), outcomes: [{ name: 'dwell', value: 2, timeMs: 1 }] }
  expect(makeTrainingData([short], { ...OPTIONS, minOpinion: 0.5 }).instruction).toEqual([])
})

test('Every request is kept once or accounted for', () => {
  const { accounts, preference, instruction } = makeTrainingData(ANSWERS, {
    ...OPTIONS,
    ...{ validationShare: 0.3, validationFromMs: 60_000_000, isExcluded: (user) => user === 'u3' },
  })
  for (const { requests, ...parts } of Object.values(accounts))
    expect(Object.values(parts).reduce((a, b) => a + b)).toBe(requests)
  expect(accounts.preference.kept).toBe(preference.length)
  expect(accounts.instruction.kept).toBe(instruction.length)
  expect(accounts.instruction.excluded).toBeGreaterThan(0)
  expect(accounts.preference.betweenSplits).toBeGreaterThan(0)
})

test('Consecutive intervals have each request exactly once', () => {
  const end = Math.max(...ANSWERS.map(({ timeMs }) => timeMs)) + WINDOW + 1
  const whole = makeTrainingData(ANSWERS, OPTIONS).instruction.map(({ id }) => id)
  fc.assert(
    fc.property(fc.array(fc.nat({ max: end }), { maxLength: 5 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), end]
      const parts = edges.slice(1).flatMap((throughMs, i) => {
        const part = { ...OPTIONS, fromMs: edges[i]!, throughMs }
        return makeTrainingData(ANSWERS, part).instruction.map(({ id }) => id)
      })
      expect(parts.sort()).toEqual([...whole].sort())
    }),
    { numRuns: 10 },
  )
})

test('A turn whose window has ended never changes', () => {
  const first = answer('a', 'good', ['copy'])
  const late = answer('b', 'better', ['thumbs-up'], { timeMs: WINDOW })
  const early = { ...OPTIONS, throughMs: WINDOW + 1 }
  const [before] = makeTrainingData([first], early).instruction
  expect(makeTrainingData([first, late], early).instruction).toEqual([before])
  expect(
    makeTrainingData([first, late], { ...OPTIONS, fromMs: WINDOW + 1 }).accounts,
  ).toMatchObject({
    instruction: { requests: 1 },
  })
})

test('Repeated and reordered events give the same bytes', () => {
  const events = makeAnswerEvents(2, 60)
  const bytes = (some: typeof events): string =>
    JSON.stringify(makeTrainingData(readAnswers(some, WINDOW).answers, OPTIONS))
  fc.assert(
    fc.property(
      fc.shuffledSubarray(events, { minLength: events.length }),
      fc.nat(50),
      (some, n) => {
        expect(bytes([...some, ...some.slice(0, n)])).toBe(bytes(events))
      },
    ),
    { numRuns: 10 },
  )
})

test('Validation has other people at a later time', () => {
  const { instruction } = makeTrainingData(ANSWERS, {
    ...OPTIONS,
    ...{ validationShare: 0.4, validationFromMs: 60_000_000 },
  })
  const parts = Map.groupBy(instruction, ({ split }) => split)
  const times = (split: 'train' | 'validation'): number[] =>
    parts.get(split)!.map(({ timeMs }) => timeMs)
  expect(Math.max(...times('train'))).toBeLessThan(60_000_000)
  expect(Math.min(...times('validation'))).toBeGreaterThanOrEqual(60_000_000)
  const users = (split: 'train' | 'validation') =>
    new Set(
      parts.get(split)!.map(({ timeMs }) => ANSWERS.find((one) => one.timeMs === timeMs)!.user),
    )
  const trained = users('train')
  expect([...users('validation')].filter((user) => trained.has(user))).toEqual([])
})

test('No sample is from an excluded person', () => {
  const isExcluded = (user: string): boolean => Number(user.slice(1)) % 2 === 0
  const { instruction } = makeTrainingData(ANSWERS, { ...OPTIONS, isExcluded })
  const times = new Set(instruction.map(({ timeMs }) => timeMs))
  const kept = ANSWERS.filter(({ timeMs }) => times.has(timeMs))
  expect(kept.filter(({ user }) => isExcluded(user))).toEqual([])
  expect(kept.length).toBeGreaterThan(20)
})

test('Of near-duplicate prompts the earliest stays', () => {
  const prompts = [
    'How do I reset my password?',
    'how do i reset my password',
    'Where is my order?',
  ]
  const some = prompts.map((prompt, i) =>
    answer(`a${i}`, `answer ${i}`, ['copy'], { prompt, request: `r${i}`, timeMs: i }),
  )
  const { instruction, accounts } = makeTrainingData(some.reverse(), OPTIONS)
  expect(instruction.map(({ accepted }) => accepted)).toEqual(['answer 0', 'answer 2'])
  expect(accounts.instruction.nearDuplicates).toBe(1)
})

test('Personal data is replaced and counted by rule', () => {
  const shown = answer('a', 'Mail ann@shop.org from 10.1.2.3', ['copy'], {
    prompt: 'My card is 4111 1111 1111 1111',
  })
  const { instruction, personalData } = makeTrainingData([shown], OPTIONS)
  expect(instruction).toMatchObject([
    { prompt: 'My card is [card]', accepted: 'Mail [email] from [ip]' },
  ])
  expect(personalData).toMatchObject({ card: 1, email: 1, ip: 1, phone: 0 })
})

test('Unreadable contexts and outcomes without an answer are counted', () => {
  const [shown] = makeAnswerEvents(1, 1)
  const broken = { ...shown!, event: 'x', item: 'x', context: '{"prompt":1}' }
  const lost = { ...shown!, event: 'y', item: 'y', type: 'outcome', outcome: 'copy' }
  expect(readAnswers([shown!, broken, lost], WINDOW)).toMatchObject({ unreadable: 1, orphans: 1 })
})

test('Each layout has the fields that its trainer reads', () => {
  const samples = makeTrainingData(
    [answer('a', 'bad\n"x"', ['thumbs-down']), answer('b', 'good', ['thumbs-up'], { timeMs: 1 })],
    OPTIONS,
  )
  const parse = (lines: string): unknown[] => {
    expect(lines.endsWith('\n')).toBe(true)
    return lines
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const prompt = 'How do I start?'
  const said = (role: string, content: unknown) => [{ role, content }]
  expect(parse(trlPreference(samples.preference))).toEqual([
    { prompt, chosen: 'good', rejected: 'bad\n"x"' },
  ])
  expect(parse(trlConversation(samples.preference))).toEqual([
    {
      prompt: said('user', prompt),
      chosen: said('assistant', 'good'),
      rejected: said('assistant', 'bad\n"x"'),
    },
  ])
  expect(parse(bedrockCompletion(samples.instruction))).toEqual([{ prompt, completion: 'good' }])
  expect(parse(bedrockConversation(samples.instruction, 'Be short.'))).toEqual([
    {
      schemaVersion: 'bedrock-conversation-2024',
      system: [{ text: 'Be short.' }],
      messages: [...said('user', [{ text: prompt }]), ...said('assistant', [{ text: 'good' }])],
    },
  ])
  const files = jumpStartInstructions(samples.instruction)
  const [line] = parse(files['train.jsonl']) as Record<string, string>[]
  const template: Record<string, string> = JSON.parse(files['template.json'])
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name) => line![name]!)
  expect(filled(template['prompt']!)).toContain(`### Instruction:\n${prompt}\n`)
  expect(filled(template['completion']!)).toBe('good')
})
