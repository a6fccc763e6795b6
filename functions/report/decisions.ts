import { escapeHtml, table } from './document.ts'
import type { Decision, Findings } from './findings.ts'
import { describeFold, type Fold, foldDecisions } from './fold.ts'
import { formatInstant, formatText } from './format.ts'

type Kind = Decision['kind']

const TONES: Partial<Record<Kind, string>> = {
  flip: 'good',
  promotion: 'good',
  canary: 'accent',
  refusal: 'bad',
  failure: 'bad',
  rollback: 'bad',
  withdrawal: 'bad',
}

const HEAD = ['time', 'decision', 'served then', 'version', 'gate', 'why']
const gateOf = ({ evidence }: Decision): string | null =>
  typeof evidence['gate'] === 'string' ? evidence['gate'] : null
const releaseName = (sequence: number | null): string =>
  sequence === null ? 'nothing' : `release ${sequence}`

const rowOf = (decision: Decision) => [
  formatInstant(decision.timeMs),
  decision.kind,
  releaseName(decision.to),
  decision.version,
  gateOf(decision),
  formatText(decision.reason),
]

function describeOne(decision: Decision): string {
  const { version, tier, from, to, reason } = decision
  const about = version === null ? tier : `<code>${escapeHtml(version)}</code>`
  const moved = from === to ? '' : `, ${releaseName(from)} → ${releaseName(to)}`
  const gate = gateOf(decision)
  const why = `${gate === null ? '' : `gate ${gate}: `}${formatText(reason)}`
  return `${about}${moved}: <span class="quiet">${escapeHtml(why)}</span>`
}

function item(fold: Fold): string {
  const { timeMs, version, tier } = fold[0]
  // If a night has releases and skips, its line is named after the releases.
  const { kind } = fold.find((decision) => decision.kind !== 'skip') ?? fold[0]
  const first = formatInstant(timeMs)
  const until = formatInstant(fold.at(-1)!.timeMs)
  // The live page uses the key to keep the list open when it is drawn again.
  const body =
    fold.length === 1
      ? describeOne(fold[0])
      : `<details data-key="${escapeHtml(`${timeMs} ${tier} ${version}`)}"><summary>${escapeHtml(formatText(describeFold(fold)))}${until === first ? '' : ` <span class="quiet">(until ${until})</span>`}</summary>${table(HEAD, fold.map(rowOf))}</details>`
  return `<li><time>${first}</time><b class="${TONES[kind] ?? 'quiet'}">${kind}</b><div>${body}</div></li>`
}

/**
 * Decisions in order. Routine or repeated ones share one line with a count, which opens to show all
 * of them.
 */
const listOf = (folds: readonly Fold[]): string =>
  `<ol class="decisions">${folds.map(item).join('')}</ol>`

/** Every decision, the oldest first. */
export const decisionList = (decisions: readonly Decision[]): string =>
  decisions.length === 0
    ? '<p class="quiet">Nothing has been decided yet.</p>'
    : listOf(foldDecisions(decisions))

/** The newest lines, the newest first. */
export const newestDecisions = (decisions: readonly Decision[], lines: number): string =>
  decisions.length === 0
    ? '<p class="quiet">Nothing has been decided yet.</p>'
    : listOf(foldDecisions(decisions).slice(-lines).reverse())

const TURNED_DOWN: readonly Kind[] = ['refusal', 'failure', 'rollback', 'withdrawal']

/** Decisions of gates and operators against a version, with their reasons. */
export function turnedDownList(decisions: Findings['releases']): string {
  const down = decisions.filter(({ kind }) => TURNED_DOWN.includes(kind))
  return down.length === 0
    ? '<p class="quiet">No version and no interval was turned down.</p>'
    : listOf(foldDecisions(down))
}
