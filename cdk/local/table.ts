import type { Summary } from '../../functions/contract/summary.ts'
import { dateOf } from '../../functions/contract/time.ts'
import { sayExactlyOnce } from '../../functions/train/lineage/ledger.ts'

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
const whole = (value: number): string => value.toLocaleString('en-GB')
const metric = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toFixed(4)

/** Rows under a head, columns as wide as they need; numbers to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)))
  const isNumber = head.map((_, i) => rows.every((row) => /^[-–\d.,]+$/.test(row[i]!)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

/** The newest versions that a terminal has room for. */
const SHOWN_VERSIONS = 12

/** What a run ends with on the terminal: lineage with scores, then the accounts in one sentence each. */
export function formatSummary(summary: Summary): string {
  const versions = summary.versions.slice(-SHOWN_VERSIONS).map((version) => {
    const next = version.nextInterval[0]?.scores
    return [
      version.version,
      version.parent ?? 'none',
      dateOf(version.dataThroughMs),
      whole(version.rows),
      metric(next?.auc),
      metric(next?.normalizedEntropy),
      metric(next?.calibrationRatio),
      version.status,
    ]
  })
  const head = [
    'version',
    'parent',
    'through',
    'rows',
    'AUC',
    'norm.entropy',
    'calibration',
    'status',
  ]
  const older = summary.versions.length - versions.length
  const read = sum(summary.drops.map((drop) => drop.read))
  const accepted = sum(summary.drops.map((drop) => drop.accepted))
  const hours = summary.hours
  const kept = sum(hours.map((hour) => hour.kept))
  const duplicates = sum(hours.map((hour) => hour.duplicates))
  const excluded = sum(hours.flatMap((hour) => Object.values(hour.excluded)))
  const flips = summary.releases.filter(({ kind }) => kind === 'flip').length
  const refusals = summary.releases.filter(({ kind }) => kind === 'refusal').length
  return [
    formatTable(head, versions),
    ...(older > 0 ? [`… and ${older} older ones, in summary.json`] : []),
    '(scores: on the first interval after the version’s own data, before it was trained on)',
    '',
    `drops     ${whole(summary.drops.length)}: ${whole(read)} records read = ${whole(accepted)} accepted + ${whole(read - accepted)} quarantined`,
    `hours     ${whole(hours.length)}: ${whole(kept + duplicates + excluded)} events accepted = ${whole(kept)} kept + ${whole(duplicates)} duplicates + ${whole(excluded)} excluded`,
    `releases  ${flips} flips, ${refusals} refusals; served now: ${Object.entries(summary.current)
      .map(([scene, current]) => `${scene} ${current?.version ?? 'nothing'}`)
      .join(', ')}`,
    ...Object.values(summary.exactlyOnce).flatMap((account) =>
      account ? [sayExactlyOnce(account), ...account.violations] : [],
    ),
    ...(summary.deadLetters > 0
      ? [`DEAD LETTERS  ${summary.deadLetters}: see the logs folder`]
      : []),
  ].join('\n')
}
