import { expect, test } from 'vitest'
import { answerReportKey } from '../../functions/contract/keys.ts'
import { type AnswerReport, preferencesSchema } from '../../functions/contract/preferences.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { collectAnswers, drawAnswers } from '../../functions/report/assistant.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

const counts = { answers: 100, accepted: 30, rejected: 10, helped: 80, helpedFirst: 60 }
const account = {
  ...{ turns: 90, train: 20, validation: 5, excluded: 7, undecided: 50 },
  ...{ betweenSplits: 4, nearDuplicates: 3, beyondTheBound: 1 },
}
const report: AnswerReport = {
  ...{ scene: 'assistant', fromMs: DAY0_MS, throughMs: DAY0_MS + 2 * DAY_MS },
  days: [0, 1].map((day) => ({ ...counts, dayMs: DAY0_MS + day * DAY_MS })),
  releases: [
    { ...counts, release: null },
    { ...counts, release: 'v7', accepted: 39, rejected: 1 },
  ],
  samples: { preference: account, instruction: account },
  personalData: { email: 4, phone: 0 },
  expiredDays: 6,
  unmet: { turns: 12, rare: 5, prompts: [{ prompt: '<b>my parcel', turns: 7, users: 6 }] },
}

test('The newest report of a scene is read', async () => {
  const lake = memoryObjects('lake')
  expect(await collectAnswers(lake, 'assistant')).toEqual([])
  for (const n of [1, 2]) {
    const body = canonicalJson({ ...report, throughMs: DAY0_MS + n * DAY_MS })
    await lake.put(answerReportKey('assistant', DAY0_MS + n * DAY_MS), body)
  }
  expect(await collectAnswers(lake, 'assistant')).toMatchObject([
    { throughMs: DAY0_MS + 2 * DAY_MS },
  ])
})

test('The section shows acceptance by release, and retrieval by day', () => {
  const drawn = drawAnswers({ assistant: [report] })
  expect(drawn).toContain('v7')
  expect(drawn).toContain('97.5 %')
  expect(drawn).toContain('75.0 %')
  expect(drawn).toContain('none logged')
  expect(drawn).toContain('4 × email')
  expect(drawn).not.toContain('phone')
  expect(drawn).toContain('all days but 6, whose rows have expired')
})

test('Releases are in the order of their numbers', () => {
  const releases = ['1', '10', '11', '2'].map((release) => ({ ...counts, release }))
  const drawn = drawAnswers({ assistant: [{ ...report, releases }] })
  const [, head = ''] = drawn.split('Answers by release')
  const shown = [...head.matchAll(/<tr><t[hd][^>]*>(\d+)</g)].map(([, release]) => release)
  expect(shown.slice(0, 4)).toEqual(['1', '2', '10', '11'])
})

test('Questions are shown as text, and rare ones are counted', () => {
  const drawn = drawAnswers({ assistant: [report] })
  expect(drawn).toContain('&#60;b&#62;my parcel')
  expect(drawn).not.toContain('<b>my')
  expect(drawn).toContain('12 questions had all their answers rejected; 5 of them')
})

test('A scene without answers has no section, one that waits says so', () => {
  expect(drawAnswers({ feed: [] }, [makeScene()])).toBe('')
  const waiting = makeScene({ preferences: preferencesSchema.parse({}) })
  expect(drawAnswers({}, [waiting])).toContain('No day of answers has been judged yet')
})
