import { describeExactlyOnce } from '../../../functions/audit/ledger.ts'
import {
  equalPercent,
  excusedPercent,
  parityAccountSchema,
  totalParity,
} from '../../../functions/contract/parity.ts'
import type { Summary } from '../../../functions/contract/summary.ts'
import { dateOf, isoSeconds } from '../../../functions/contract/time.ts'
import { type Chain, groupChains, meanOf, nextScores } from '../../../functions/report/chains.ts'
import { countStatuses, describeRanking } from '../../../functions/report/versions.ts'
import { boundHours } from '../../../functions/train/contamination-bound.ts'
import { formatCount, formatScore, formatTable } from '../table.ts'

/** Rounded down, so that only all values give 100 %. */
const formatPercent = (share: number): string => `${(Math.floor(share * 100) / 100).toFixed(2)} %`
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

/** Newest bases that are printed, each with its chain. */
const SHOWN_BASES = 8

const HEAD = [
  'version',
  'through',
  'rows',
  'AUC',
  'its base',
  'norm.entropy',
  'its base',
  'calibration',
  'status',
]

function baseRow({ base }: Chain): string[] {
  const next = nextScores(base)
  const [auc, entropy] = [formatScore(next?.auc), formatScore(next?.normalizedEntropy)]
  return [
    base.version,
    dateOf(base.dataThroughMs),
    formatCount(base.rows),
    auc,
    '',
    entropy,
    '',
    formatScore(next?.calibrationRatio),
    base.status,
  ]
}

/** A chain in one line: count, interval, and its scores beside its base's on the same rows. */
function chainRow({ increments, comparisons }: Chain): string[][] {
  const [first, last] = [increments[0], increments.at(-1)]
  if (!first || !last) return []
  const auc = meanOf(comparisons, 'auc')
  const entropy = meanOf(comparisons, 'normalizedEntropy')
  const calibration = meanOf(comparisons, 'calibrationRatio')
  const hourOfDay = (ms: number): string => isoSeconds(ms).slice(5, 13)
  return [
    [
      `  ${increments.length} hourly, ${hourOfDay(first.dataFromMs)} to`,
      isoSeconds(last.dataThroughMs).slice(0, 13),
      formatCount(sum(increments.map(({ rows }) => rows))),
      formatScore(auc?.chain),
      formatScore(auc?.base),
      formatScore(entropy?.chain),
      formatScore(entropy?.base),
      formatScore(calibration?.chain),
      countStatuses(increments),
    ],
  ]
}

function formatRuns({ runs, poison }: Summary): string[] {
  const times = runs.map(
    ({ tier, count, medianSeconds, maxSeconds }) =>
      `${tier} ${medianSeconds.toFixed(1)} s (${count}, at most ${maxSeconds.toFixed(1)} s)`,
  )
  const lives = Object.values(poison).flatMap(({ stated, measured }) =>
    measured.map(({ tier, maxHours, addedHours }) => {
      const hours = boundHours(stated.find((bound) => bound.tier === tier)!)
      const added = addedHours > 0 ? ` + ${addedHours.toFixed(1)} h for runs without a result` : ''
      return `${tier} ${maxHours.toFixed(1)} h of ${hours.toFixed(1)} h${added}`
    }),
  )
  return [
    ...(times.length > 0 ? [`runs      from schedule to flip: ${times.join(', ')}`] : []),
    ...(lives.length > 0
      ? [`bound     longest contamination of the served model: ${lives.join(', ')}`]
      : []),
  ]
}

/** Served values beside those of samples, and how soon a drop's values can be read. */
function formatValues({ sections, landing }: Summary): string[] {
  const parity = Object.values(sections['parity'] ?? {}).map((own) =>
    totalParity(parityAccountSchema.shape.features.parse(own)),
  )
  return [
    ...parity.flatMap((total) => {
      const equal = equalPercent(total)
      if (equal === null) return []
      const excused = formatPercent(excusedPercent(total)!)
      return [
        `parity    ${formatCount(total.values)} served values, ${formatPercent(equal)} equal those of samples; ${excused} with the late ones excused`,
      ]
    }),
    ...(landing
      ? [
          `landing   from a drop landed to its values readable: median ${landing.p50.toFixed(2)} s, p95 ${landing.p95.toFixed(2)} s, at most ${landing.max.toFixed(2)} s (${formatCount(landing.drops)} drops)`,
        ]
      : []),
  ]
}

const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}`

/** The order of search results beside the model's order of the same results. */
function formatSearch({ search }: Summary): string[] {
  if (!search) return []
  const { searches, servedNdcg10, modelNdcg10, gain } = search
  return [
    `search    nDCG@10 over ${formatCount(searches)} searches of the last day, by known relevance: as shown ${servedNdcg10.toFixed(3)}, in the model’s order ${modelNdcg10.toFixed(3)} (${signed(gain.mean)} [${signed(gain.low)}, ${signed(gain.high)}])`,
  ]
}

function formatFailed({ failedRuns }: Summary): string[] {
  if (!failedRuns) return []
  const { count, machine, startMs, error } = failedRuns
  return [
    `FAILED RUNS  ${formatCount(count)}: see the logs folder. The first, ${machine} at ${isoSeconds(startMs)}: ${error}`,
  ]
}

/** The final output of a run: lineage with scores, then one line for each account. */
export function formatSummary(summary: Summary): string {
  const chains = groupChains(summary.versions)
  const shown = chains.slice(-SHOWN_BASES)
  const versions = shown.flatMap((chain) => [baseRow(chain), ...chainRow(chain)])
  const older = chains.length - shown.length
  const read = sum(summary.drops.map((drop) => drop.read))
  const accepted = sum(summary.drops.map((drop) => drop.accepted))
  const hours = summary.hours
  const kept = sum(hours.map((hour) => hour.kept))
  const duplicates = sum(hours.map((hour) => hour.duplicates))
  const excluded = sum(hours.flatMap((hour) => Object.values(hour.excluded)))
  const decided = (kind: string): number =>
    summary.releases.filter((decision) => decision.kind === kind).length
  const ranking = describeRanking(summary.versions)
  const rare = ['promotion', 'withdrawal', 'rollback']
    .map((kind) => [decided(kind), kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `, ${count} ${kind}${count > 1 ? 's' : ''}`)
  return [
    formatTable(HEAD, versions),
    ...(older > 0 ? [`… and ${older} older ones, in summary.json`] : []),
    '(Scores: on the interval after the version’s data, before any training on it. For a chain: the mean',
    'over its next hours, beside the mean of its base on the same rows.)',
    '',
    `drops     ${formatCount(summary.drops.length)}: ${formatCount(read)} records read = ${formatCount(accepted)} accepted + ${formatCount(read - accepted)} quarantined`,
    `hours     ${formatCount(hours.length)}: ${formatCount(kept + duplicates + excluded)} events accepted = ${formatCount(kept)} kept + ${formatCount(duplicates)} duplicates + ${formatCount(excluded)} excluded`,
    `releases  ${decided('flip')} flips, ${decided('refusal')} refusals${rare.join('')}; served now: ${Object.entries(
      summary.current,
    )
      .map(([scene, current]) => `${scene} ${current?.version ?? 'nothing'}`)
      .join(', ')}`,
    ...(ranking ? [`ranking   ${ranking}`] : []),
    ...formatSearch(summary),
    ...formatValues(summary),
    ...formatRuns(summary),
    ...Object.values(summary.exactlyOnce).flatMap((account) =>
      account ? [describeExactlyOnce(account), ...account.violations] : [],
    ),
    ...formatFailed(summary),
    ...(summary.deadLetters > 0
      ? [`DEAD LETTERS  ${summary.deadLetters}: see the logs folder`]
      : []),
  ].join('\n')
}
