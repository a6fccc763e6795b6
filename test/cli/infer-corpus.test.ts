import { beforeAll, describe, expect, test } from 'vitest'
import { propose } from '../../cdk/cli/infer/propose.ts'
import { makeScene } from '../make/scene.ts'
import { drawCorpus } from './infer-corpus/corpus.ts'
import { judge, PARTS, type Part, type Verdict } from './infer-corpus/judge.ts'
import type { LabelledLog } from './infer-corpus/truth.ts'

const NOW_MS = Date.parse('2026-06-01T00:00:00Z')
const SEEDS = [1, 2]
const LEAST_RIGHT = 0.9
const LEAST_ACCEPTED = 0.95
const scene = makeScene()

interface Judged {
  name: string
  log: LabelledLog
  verdict: Verdict
}

async function judgeAll(seed: number): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const [name, log] of drawCorpus(seed)) {
    const bytes = Buffer.from(log.body)
    const proposed = await propose({ path: log.file, bytes, nowMs: NOW_MS, scene })
    judged.push({ name, log, verdict: await judge(log, proposed, scene, NOW_MS) })
  }
  return judged
}

/** One line for all that is wrong of a log; none where all is right. */
function faultsOf({ name, verdict }: Judged): string[] {
  const { right, said, wrongSure, leaked, unnoticed, accepted } = verdict
  const wrong = Object.entries(right)
    .filter(([, isRight]) => !isRight)
    .map(([part]) => `${part} = ${said[part as Part] ?? 'nothing'}`)
  const faults = [
    ...wrong,
    ...wrongSure.map((guess) => `SURE AND WRONG ${guess}`),
    ...[...leaked, ...unnoticed].map((column) => `${column} is context`),
    ...(accepted !== null && accepted <= LEAST_ACCEPTED
      ? [`${Math.round(100 * accepted)} % accepted`]
      : []),
  ]
  return faults.map((fault, i) => `${(i === 0 ? name : '').padEnd(24)} ${fault}`)
}

describe.each(SEEDS)('Realistic logs of seed %i', (seed) => {
  let judged: Judged[] = []
  beforeAll(async () => {
    judged = await judgeAll(seed)
    const table = judged.flatMap(faultsOf)
    if (table.length > 0) process.stdout.write(`\nseed ${seed}\n${table.join('\n')}\n`)
  }, 120_000)

  test('The corpus has more than forty logs of at least sixty rows', () => {
    expect(judged.length).toBeGreaterThan(40)
    for (const { name, log } of judged) {
      const isWide = log.truth.encoding === 'utf-16le'
      const text = Buffer.from(log.body).toString(isWide ? 'utf16le' : 'latin1')
      // A session a line: its events are its rows.
      const least = name === 'otto' ? 40 : 60
      expect(text.split('\n').length, name).toBeGreaterThan(least)
    }
  })

  test('No guess that is marked as sure is wrong', () => {
    expect(
      judged.flatMap(({ name, verdict }) => verdict.wrongSure.map((g) => `${name}: ${g}`)),
    ).toEqual([])
  })

  test.each([...PARTS, 'kind'] as Part[])('At least nine of ten logs have the right %s', (part) => {
    const asked = judged.filter(({ verdict }) => part in verdict.right)
    const right = asked.filter(({ verdict }) => verdict.right[part])
    expect(right.length / asked.length).toBeGreaterThanOrEqual(LEAST_RIGHT)
  })

  test('Each proposed mapping accepts more than 95 percent of its rows', () => {
    const refused = judged.filter(
      ({ verdict: { accepted } }) => accepted !== null && accepted <= LEAST_ACCEPTED,
    )
    expect(refused.map(({ name }) => name)).toEqual([])
  })

  test('Columns known only after the impression stay out of the context', () => {
    expect(
      judged.flatMap(({ name, verdict }) => verdict.leaked.map((c) => `${name}: ${c}`)),
    ).toEqual([])
  })
})
