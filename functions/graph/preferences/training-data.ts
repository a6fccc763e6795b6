import { digestOf } from '../../core/digest.ts'
import {
  noPersonalData,
  type PersonalDataCounts,
  removePersonalData,
} from '../personal-data/remove-personal-data.ts'
import type { ShownAnswer } from './answers.ts'
import {
  NEAR_DUPLICATE_OPTIONS,
  type NearDuplicateOptions,
  NearDuplicates,
} from './near-duplicates.ts'
import { OUTCOME_WEIGHTS, type OutcomeWeights, opinionOf } from './opinion.ts'
import { type Split, type SplitOptions, splitOf } from './split.ts'

interface Sample {
  /** Of the request and its answers: the same in every run. */
  id: string
  split: Split
  timeMs: number
  prompt: string
  chunks: readonly string[]
  model: string | null
  release: string | null
}
export interface PreferenceSample extends Sample {
  chosen: string
  rejected: string
}
export interface InstructionSample extends Sample {
  accepted: string
}

export interface TrainingDataOptions extends SplitOptions {
  /** Requests whose window ends in [from, through): each request is in one such interval, so in one set. */
  fromMs: number
  throughMs: number
  windowMs: number
  weights?: OutcomeWeights
  /** An opinion of at least this is acceptance, of at most its negative is rejection. */
  minOpinion?: number
  nearDuplicates?: NearDuplicateOptions
  isExcluded(user: string, timeMs: number): boolean
}

/** Requests by what became of them. For each kind: read = kept + the rest. */
export interface SampleAccount {
  requests: number
  kept: number
  excluded: number
  /** No answer, or no two, about which anything is known. */
  undecided: number
  betweenSplits: number
  nearDuplicates: number
}
export interface TrainingData {
  preference: PreferenceSample[]
  instruction: InstructionSample[]
  accounts: { preference: SampleAccount; instruction: SampleAccount }
  /** Finds that were replaced in texts of samples, by rule. */
  personalData: PersonalDataCounts
}

interface Judged extends ShownAnswer {
  opinion: number
}
const byTime = (a: ShownAnswer, b: ShownAnswer): number =>
  a.timeMs - b.timeMs || (a.answer < b.answer ? -1 : 1)

/**
 * Answers to one prompt in one turn, by time. An answer that comes a whole window after the last one begins a new turn, so
 * a turn whose window has ended never changes.
 */
function requestsOf(answers: readonly ShownAnswer[], windowMs: number): ShownAnswer[][] {
  const groups = Map.groupBy(answers, ({ user, request, prompt }) =>
    JSON.stringify([user, request, prompt]),
  )
  const turns = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const sorted = group.sort(byTime)
      const starts = sorted.flatMap(({ timeMs }, i) =>
        i === 0 || timeMs - sorted[i - 1]!.timeMs >= windowMs ? [i] : [],
      )
      return starts.map((start, i) => sorted.slice(start, starts[i + 1]))
    })
  return turns.sort((a, b) => a[0]!.timeMs - b[0]!.timeMs)
}

/** The answer with the strongest opinion on one side; the later one of equals. Null if none is strong enough. */
function strongest(answers: readonly Judged[], sign: 1 | -1, least: number): Judged | null {
  const able = answers.filter(({ opinion }) => sign * opinion >= least)
  return able.reduce<Judged | null>(
    (best, one) => (best === null || sign * one.opinion >= sign * best.opinion ? one : best),
    null,
  )
}

const startAccount = (requests: number): SampleAccount => ({
  ...{ requests, kept: 0, excluded: 0, undecided: 0, betweenSplits: 0, nearDuplicates: 0 },
})

/**
 * Training data of an `assistant` scene. Of one turn, a *preference* sample has the answer most in favour and the one
 * most against; an *instruction* sample has the answer most in favour. A turn counts once the window of its last answer
 * has ended, in the interval of that end; so consecutive intervals have each turn exactly once. Of near-duplicate
 * prompts of one split the earliest stays. Personal data is replaced by the name of its rule before prompts are
 * compared. The same answers in any order give the same bytes.
 */
export function makeTrainingData(
  answers: readonly ShownAnswer[],
  options: TrainingDataOptions,
): TrainingData {
  const { minOpinion = 1, weights = OUTCOME_WEIGHTS, windowMs } = options
  const requests = requestsOf(answers, windowMs).filter((group) => {
    const endMs = group.at(-1)!.timeMs + windowMs
    return endMs >= options.fromMs && endMs < options.throughMs
  })
  const personalData = noPersonalData()
  const clean = (text: string): string => removePersonalData(text, personalData)
  const seen = new Map<string, NearDuplicates>()
  const admit = (kind: string, split: Split, prompt: string): boolean => {
    const name = `${kind} ${split}`
    const known =
      seen.get(name) ?? new NearDuplicates(options.nearDuplicates ?? NEAR_DUPLICATE_OPTIONS)
    seen.set(name, known)
    return known.admit(removePersonalData(prompt, noPersonalData()))
  }
  const accounts = {
    preference: startAccount(requests.length),
    instruction: startAccount(requests.length),
  }
  const data: TrainingData = { preference: [], instruction: [], accounts, personalData }
  for (const group of requests) {
    const [{ user, timeMs, prompt }] = group as [ShownAnswer]
    const split = splitOf({ user, timeMs }, options)
    const judged = group.map((answer) => ({ ...answer, opinion: opinionOf(answer, weights) }))
    const chosen = strongest(judged, 1, minOpinion)
    const rejected = strongest(judged, -1, minOpinion)
    const isExcluded = group.some((answer) => options.isExcluded(user, answer.timeMs))
    for (const kind of ['preference', 'instruction'] as const) {
      const account = accounts[kind]
      const isDecided =
        chosen !== null &&
        (kind === 'instruction' || (rejected !== null && rejected.text !== chosen.text))
      if (isExcluded) account.excluded++
      else if (!isDecided) account.undecided++
      else if (split === null) account.betweenSplits++
      else if (!admit(kind, split, prompt)) account.nearDuplicates++
      else {
        account.kept++
        const { chunks, model, release } = chosen
        const shared = { split, timeMs, prompt: clean(prompt), chunks, model, release }
        if (kind === 'instruction')
          data.instruction.push({
            id: digestOf([kind, user, chosen.request, chosen.answer]).slice(0, 32),
            ...shared,
            accepted: clean(chosen.text),
          })
        else
          data.preference.push({
            id: digestOf([kind, user, chosen.request, chosen.answer, rejected!.answer]).slice(
              0,
              32,
            ),
            ...shared,
            chosen: clean(chosen.text),
            rejected: clean(rejected!.text),
          })
      }
    }
  }
  return data
}
