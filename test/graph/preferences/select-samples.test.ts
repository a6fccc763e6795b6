import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TRAINER_FILES, type TrainerFile } from '../../../functions/contract/preference-keys.ts'
import { type PreferenceRow, preferencesSchema } from '../../../functions/contract/preferences.ts'
import { readAnswers } from '../../../functions/graph/preferences/answers.ts'
import { judgeTurns } from '../../../functions/graph/preferences/judge-turns.ts'
import { writeTrainerFile } from '../../../functions/graph/preferences/layouts.ts'
import { NEAR_DUPLICATE_OPTIONS } from '../../../functions/graph/preferences/near-duplicates.ts'
import {
  type SelectedSamples,
  type SelectOptions,
  selectSamples,
} from '../../../functions/graph/preferences/select-samples.ts'
import { makeAnswerEvents } from '../../make/documents-answers.ts'
import { answer } from './answer.ts'

const WINDOW = 3_600_000
const definition = preferencesSchema.parse({})
const interval = { definition, windowMs: WINDOW, fromMs: 0, throughMs: 1e12 }
const { rows: ROWS } = judgeTurns(
  readAnswers(makeAnswerEvents(1, 200), { windowMs: WINDOW }).answers,
  interval,
)
const ALL: SelectOptions = { split: null, nearDuplicates: NEAR_DUPLICATE_OPTIONS }
const SPLIT: SelectOptions = {
  ...ALL,
  split: { validationFromMs: 60_000_000, validationShare: 0.4, seed: 1 },
}

const filesOf = (selected: SelectedSamples) =>
  Object.fromEntries(
    TRAINER_FILES.map((file) => [file, writeTrainerFile(file, selected)]),
  ) as Record<TrainerFile, string>

test('Every sample is in one split or accounted for', () => {
  const { samples, leftOut } = selectSamples(ROWS, SPLIT)
  for (const kind of ['preference', 'instruction'] as const) {
    const { train, validation } = samples[kind]
    const { betweenSplits, nearDuplicates } = leftOut[kind]
    expect(train.length + validation.length + betweenSplits + nearDuplicates).toBe(
      ROWS.filter((row) => row.kind === kind).length,
    )
    for (const count of [train.length, validation.length, betweenSplits])
      expect(count).toBeGreaterThan(0)
  }
})

test('Validation has other people at a later time', () => {
  const { samples } = selectSamples(ROWS, SPLIT)
  const byPrompt = new Map(ROWS.map((row) => [row.prompt, row]))
  const rowsOf = (split: 'train' | 'validation'): PreferenceRow[] =>
    samples.instruction[split].map(({ prompt }) => byPrompt.get(prompt)!)
  const [train, validation] = [rowsOf('train'), rowsOf('validation')]
  expect(Math.max(...train.map(({ timeMs }) => timeMs))).toBeLessThan(60_000_000)
  expect(Math.min(...validation.map(({ timeMs }) => timeMs))).toBeGreaterThanOrEqual(60_000_000)
  const users = (rows: PreferenceRow[]) => new Set(rows.map(({ user }) => user))
  const trained = users(train)
  expect([...users(validation)].filter((user) => trained.has(user))).toEqual([])
})

test('Of near-duplicate prompts the earliest stays', () => {
  const prompts = ['How do I reset my password?', 'how do i reset my password', 'Where is it?']
  const { rows } = judgeTurns(
    prompts.map((prompt, i) =>
      answer(`r${i}`, `answer ${i}`, ['copy'], { prompt, turn: `t${i}`, timeMs: i }),
    ),
    interval,
  )
  const { samples, leftOut } = selectSamples(rows.reverse(), ALL)
  expect(samples.instruction.train.map(({ chosen }) => chosen)).toEqual(['answer 0', 'answer 2'])
  expect(leftOut.instruction.nearDuplicates).toBe(1)
})

test('Rows in any order give the same bytes', () => {
  const bytes = (rows: readonly PreferenceRow[]): string =>
    JSON.stringify(filesOf(selectSamples(rows, SPLIT)))
  fc.assert(
    fc.property(fc.shuffledSubarray(ROWS, { minLength: ROWS.length }), (rows) => {
      expect(bytes(rows)).toBe(bytes(ROWS))
    }),
    { numRuns: 5 },
  )
})

test('Each layout has the fields that its trainer reads', () => {
  const { rows } = judgeTurns(
    [answer('a', 'bad\n"x"', ['thumbs_down']), answer('b', 'good', ['thumbs_up'], { timeMs: 1 })],
    interval,
  )
  const files = filesOf(selectSamples(rows, ALL))
  const parse = (lines: string): unknown[] => {
    expect(lines.endsWith('\n')).toBe(true)
    return lines
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const prompt = 'How do I start?'
  const said = (role: string, content: unknown) => [{ role, content }]
  expect(parse(files['preference/trl/train.jsonl'])).toEqual([
    {
      prompt: said('user', prompt),
      chosen: said('assistant', 'good'),
      rejected: said('assistant', 'bad\n"x"'),
    },
  ])
  expect(parse(files['instruction/bedrock/train.jsonl'])).toEqual([
    {
      schemaVersion: 'bedrock-conversation-2024',
      messages: [...said('user', [{ text: prompt }]), ...said('assistant', [{ text: 'good' }])],
    },
  ])
  const [line] = parse(files['instruction/jumpstart/train/train.jsonl']) as Record<string, string>[]
  const template: Record<string, string> = JSON.parse(
    files['instruction/jumpstart/train/template.json'],
  )
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name) => line![name]!)
  expect(filled(template['prompt']!)).toContain(`### Instruction:\n${prompt}\n`)
  expect(filled(template['completion']!)).toBe('good')
  expect(files['instruction/jumpstart/validation/validation.jsonl']).toBe('')
})
