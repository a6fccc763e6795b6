import type {
  AnswerCounts,
  AnswerReport,
  PreferenceManifest,
  SampleAccount,
} from '../../contract/preferences.ts'
import { DAY_MS } from '../../contract/time.ts'
import type { NewestRows } from './read-newest.ts'
import type { SampleKind, SelectedSamples } from './select-samples.ts'
import { unmetPrompts } from './unmet-prompts.ts'

/** Days that the counts of answers and the unmet prompts are of. */
const REPORTED_DAYS = 28

const NONE: AnswerCounts = { answers: 0, accepted: 0, rejected: 0, helped: 0, helpedFirst: 0 }
const addCounts = (a: AnswerCounts, b: AnswerCounts): AnswerCounts => ({
  answers: a.answers + b.answers,
  accepted: a.accepted + b.accepted,
  rejected: a.rejected + b.rejected,
  helped: a.helped + b.helped,
  helpedFirst: a.helpedFirst + b.helpedFirst,
})

/** turns = train + validation + excluded + undecided + betweenSplits + nearDuplicates + beyondTheBound. */
function accountOf(
  kind: SampleKind,
  manifests: readonly PreferenceManifest[],
  beyondTheBound: number,
  { samples, leftOut }: SelectedSamples,
): SampleAccount {
  const sum = (name: 'turns' | 'excluded' | 'undecided'): number =>
    manifests.reduce((total, { accounts }) => total + accounts[kind][name], 0)
  const { train, validation } = samples[kind]
  return {
    ...{ turns: sum('turns'), excluded: sum('excluded'), undecided: sum('undecided') },
    ...{ train: train.length, validation: validation.length, ...leftOut[kind], beyondTheBound },
  }
}

function sumReleases(manifests: readonly PreferenceManifest[]): AnswerReport['releases'] {
  const sums = new Map<string | null, AnswerCounts>()
  for (const { release, ...counts } of manifests.flatMap(({ releases }) => releases))
    sums.set(release, addCounts(sums.get(release) ?? NONE, counts))
  return [...sums]
    .map(([release, counts]) => ({ release, ...counts }))
    .sort((a, b) => ((a.release ?? '') < (b.release ?? '') ? -1 : 1))
}

/** The rules' finds of all days, by rule. */
function sumFinds(manifests: readonly PreferenceManifest[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [rule, count] of manifests.flatMap((one) => Object.entries(one.personalData)))
    sums[rule] = (sums[rule] ?? 0) + count
  return sums
}

/** What the page shows of an assistant. Needs a manifest; they are in order of the day. No user is in it. */
export function reportAnswers(
  scene: string,
  manifests: readonly PreferenceManifest[],
  { rows, beyondTheBound }: NewestRows,
  selected: SelectedSamples,
): Omit<AnswerReport, 'expiredDays'> {
  const throughMs = manifests.at(-1)!.dayMs + DAY_MS
  const fromMs = Math.max(manifests[0]!.dayMs, throughMs - REPORTED_DAYS * DAY_MS)
  const recent = manifests.filter(({ dayMs }) => dayMs >= fromMs)
  return {
    ...{ scene, fromMs, throughMs },
    days: recent.map(({ dayMs, releases }) => ({
      dayMs,
      ...releases
        .map(({ release: _release, ...counts }) => counts)
        .reduce<AnswerCounts>(addCounts, NONE),
    })),
    releases: sumReleases(recent),
    samples: {
      preference: accountOf('preference', manifests, beyondTheBound.preference, selected),
      instruction: accountOf('instruction', manifests, beyondTheBound.instruction, selected),
    },
    personalData: sumFinds(manifests),
    unmet: unmetPrompts(rows.filter(({ timeMs }) => timeMs >= fromMs)),
  }
}
