import type {
  AnswerCounts,
  PreferenceKind,
  PreferenceRow,
  PreferencesDefinition,
  TurnAccount,
} from '../../contract/preferences.ts'
import { digestOf } from '../../core/digest.ts'
import {
  noPersonalData,
  type PersonalDataCounts,
  removePersonalData,
} from '../personal-data/remove-personal-data.ts'
import type { ShownAnswer } from './answers.ts'
import { helpfulChunks, opinionOf } from './opinion.ts'
import { endOf, type Turn, turnsOf } from './turns.ts'

export interface JudgeOptions {
  definition: Pick<PreferencesDefinition, 'opinions' | 'minOpinion'>
  windowMs: number
  /** Turns that end in [fromMs, throughMs): each turn is in one such interval. */
  fromMs: number
  throughMs: number
}

export interface JudgedTurns {
  /** In order of time, kind and id. */
  rows: PreferenceRow[]
  accounts: { preference: TurnAccount; instruction: TurnAccount }
  personalData: PersonalDataCounts
  /** In order of the release. */
  releases: (AnswerCounts & { release: string | null })[]
}

interface Judged extends ShownAnswer {
  opinion: number
  helpful: ReadonlySet<string>
}

/** The answer with the strongest opinion on one side; the later one of equals. Null if none is strong enough. */
function strongest(answers: readonly Judged[], sign: 1 | -1, least: number): Judged | null {
  const able = answers.filter(({ opinion }) => sign * opinion >= least)
  return able.reduce<Judged | null>(
    (best, one) => (best === null || sign * one.opinion >= sign * best.opinion ? one : best),
    null,
  )
}

const ID_DIGITS = 32
const NOT_ACCEPTED = { chosen: null, rejected: null, chunks: null, model: null, release: null }

/** What a turn gives: its samples, or its prompt where all that is known of its answers is rejection. */
function rowsOf(
  turn: readonly Judged[],
  minOpinion: number,
  clean: (text: string) => string,
): PreferenceRow[] {
  const [{ user, timeMs, prompt }] = turn as [Judged, ...Judged[]]
  const chosen = strongest(turn, 1, minOpinion)
  const rejected = strongest(turn, -1, minOpinion)
  const row = (kind: PreferenceKind, answers: readonly Judged[]): PreferenceRow => {
    const requests = answers.map(({ request }) => request)
    const id = digestOf([kind, user, turn[0]!.turn, ...requests]).slice(0, ID_DIGITS)
    return { ...NOT_ACCEPTED, kind, id, user, timeMs, prompt: clean(prompt) }
  }
  if (chosen === null) return rejected === null ? [] : [row('unmet', [rejected])]
  const { chunks, model, release } = chosen
  const made = { chunks: JSON.stringify(chunks), model, release, chosen: clean(chosen.text) }
  const instruction = { ...row('instruction', [chosen]), ...made }
  if (rejected === null || rejected.text === chosen.text) return [instruction]
  const preference = { ...row('preference', [chosen, rejected]), ...made }
  return [instruction, { ...preference, rejected: clean(rejected.text) }]
}

const FIRST = 3
const noCounts = (): AnswerCounts => ({
  ...{ answers: 0, accepted: 0, rejected: 0, helped: 0, helpedFirst: 0 },
})

/** Adds an answer to the counts of its release. */
function countAnswer(counts: AnswerCounts, answer: Judged, minOpinion: number): void {
  const { opinion, chunks, helpful } = answer
  counts.answers++
  if (opinion >= minOpinion) counts.accepted++
  if (opinion <= -minOpinion) counts.rejected++
  if (chunks.some((chunk) => helpful.has(chunk))) counts.helped++
  if (chunks.slice(0, FIRST).some((chunk) => helpful.has(chunk))) counts.helpedFirst++
}

const startAccount = (turns: number): TurnAccount => ({
  ...{ turns, kept: 0, excluded: 0, undecided: 0 },
})

function compareRows(a: PreferenceRow, b: PreferenceRow): number {
  const [x, y] = [`${a.kind} ${a.id}`, `${b.kind} ${b.id}`]
  return a.timeMs - b.timeMs || (x < y ? -1 : x > y ? 1 : 0)
}

/**
 * Judges the turns that end in an interval. Of one turn, a *preference* has the answer most in favour and the one most
 * against, an *instruction* the answer most in favour. A turn with an excluded event gives nothing. Personal data is
 * replaced by the name of its rule, and counted. The same answers in any order give the same rows.
 */
export function judgeTurns(answers: readonly ShownAnswer[], options: JudgeOptions): JudgedTurns {
  const { definition, windowMs, fromMs, throughMs } = options
  const { opinions, minOpinion } = definition
  const turns = turnsOf(answers, windowMs).filter((turn: Turn) => {
    const endMs = endOf(turn, windowMs)
    return endMs >= fromMs && endMs < throughMs
  })
  const accounts = {
    preference: startAccount(turns.length),
    instruction: startAccount(turns.length),
  }
  const personalData = noPersonalData()
  const releases = new Map<string | null, AnswerCounts>()
  const rows: PreferenceRow[] = []
  for (const turn of turns) {
    const isExcluded = turn.some((answer) => answer.isExcluded)
    const judged = turn.map((answer) => ({
      ...answer,
      opinion: opinionOf(answer, opinions),
      helpful: helpfulChunks(answer, opinions),
    }))
    const made = isExcluded
      ? []
      : rowsOf(judged, minOpinion, (text) => removePersonalData(text, personalData))
    rows.push(...made)
    for (const kind of ['preference', 'instruction'] as const) {
      const isKept = made.some((row) => row.kind === kind)
      accounts[kind][isExcluded ? 'excluded' : isKept ? 'kept' : 'undecided']++
    }
    if (isExcluded) continue
    for (const answer of judged) {
      const counts = releases.get(answer.release) ?? noCounts()
      countAnswer(counts, answer, minOpinion)
      releases.set(answer.release, counts)
    }
  }
  return {
    ...{ rows: rows.sort(compareRows), accounts, personalData },
    releases: [...releases]
      .map(([release, counts]) => ({ release, ...counts }))
      .sort((a, b) => ((a.release ?? '') < (b.release ?? '') ? -1 : 1)),
  }
}
