import type { Scores } from '../contract/scores.ts'
import { type Chain, groupChains, meanOf, nextScores } from './chains.ts'
import { type Cell, row, table, tableOf } from './document.ts'
import type { Version } from './findings.ts'
import { formatDay, formatInstant, formatNumber } from './format.ts'

const HEAD = [
  'version, and its parent',
  'status',
  'data from, and through',
  'rows',
  'AUC',
  'norm. entropy',
  'log loss',
  'calibration',
  'trained on',
]

/** The columns from `rows` to `calibration`. */
const isNumeric = (column: number): boolean => column >= 3 && column <= 7

function cellsOf(version: Version, next: Scores | null, instant: (ms: number) => string): Cell[] {
  return [
    [version.version, version.parent === null ? 'no parent' : `from ${version.parent}`],
    version.status,
    [instant(version.dataFromMs), instant(version.dataThroughMs)],
    version.rows,
    next?.auc ?? null,
    next?.normalizedEntropy ?? null,
    next?.logLoss ?? null,
    next?.calibrationRatio ?? null,
    version.instance?.split(':')[0] ?? version.executor,
  ]
}

/** How many of each status, in words: `23 accepted, 1 refused`. */
export function countStatuses(versions: readonly Version[]): string {
  const counts = new Map<string, number>()
  for (const { status } of versions) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ')
}

function chainRow({ increments, comparisons }: Chain): string {
  if (increments.length === 0) return ''
  const auc = meanOf(comparisons, 'auc')
  const entropy = meanOf(comparisons, 'normalizedEntropy')
  const means =
    auc && entropy
      ? `; mean over ${comparisons.length} next hours: AUC ${auc.chain.toFixed(4)} against the base's ${auc.base.toFixed(4)}, normalized entropy ${entropy.chain.toFixed(4)} against ${entropy.base.toFixed(4)}`
      : ''
  const hours = table(
    HEAD,
    increments.map((version) => cellsOf(version, nextScores(version), formatInstant)),
  )
  return `<tr><td class="inner" colspan="${HEAD.length}"><details><summary>${increments.length} hourly on it (${countStatuses(increments)})${means}</summary>${hours}</details></td></tr>`
}

/** How high the newest full ranked the users' last choice. Null if the log has impressions. */
export function describeRanking(versions: readonly Version[]): string | null {
  const { version, ranking } = versions.findLast((row) => row.ranking) ?? {}
  if (!ranking) return null
  const { users, items, hitRate10, ndcg10, popularity } = ranking
  const [last, among] = [formatNumber(users), formatNumber(items)]
  return `${version}: hit rate at 10 ${hitRate10.toFixed(4)}, NDCG at 10 ${ndcg10.toFixed(4)}; by popularity ${popularity.hitRate10.toFixed(4)} and ${popularity.ndcg10.toFixed(4)} (the last choice of ${last} users among ${among} items)`
}

/** Every base, the newest first, with its hourly versions folded below it. */
export function versionTable(versions: readonly Version[]): string {
  return tableOf(
    HEAD,
    groupChains(versions)
      .reverse()
      .flatMap((chain) => [
        row(cellsOf(chain.base, nextScores(chain.base), formatDay), isNumeric),
        chainRow(chain),
      ]),
    isNumeric,
  )
}
