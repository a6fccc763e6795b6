import { isoSeconds } from '../contract/time.ts'
import type { Findings } from './collect.ts'
import { COLOURS, escapeHtml, table } from './document.ts'

type Decision = Findings['releases'][number]
type Kind = Decision['kind']

const COLOUR_OF: Partial<Record<Kind, string>> = {
  flip: COLOURS.accepted,
  promotion: COLOURS.accepted,
  canary: COLOURS.full,
  refusal: COLOURS.refused,
  failure: COLOURS.refused,
  rollback: COLOURS.refused,
  withdrawal: COLOURS.refused,
}

/** What happens every hour, and is worth a line only together. */
const isRoutine = ({ kind, tier, from }: Decision): boolean =>
  tier === 'hourly' && (kind === 'flip' || (kind === 'canary' && from !== null))

/** Runs of routine decisions together; every other one by itself. */
function groupDecisions(decisions: readonly Decision[]): Decision[][] {
  const groups: Decision[][] = []
  for (const decision of decisions) {
    const last = groups.at(-1)
    if (last && isRoutine(last[0]!) && isRoutine(decision)) last.push(decision)
    else groups.push([decision])
  }
  return groups
}

const rowsOf = (decisions: readonly Decision[]) =>
  decisions.map(({ timeMs, tier, kind, version, to, reason }) => [
    isoSeconds(timeMs),
    tier,
    kind,
    to === null ? '–' : `release ${to}`,
    version,
    reason,
  ])
const HEAD = ['time', 'tier', 'decision', 'served then', 'version', 'why']

function line(time: string, kind: Kind, body: string): string {
  const colour = COLOUR_OF[kind] ?? COLOURS.quiet
  return `<li><time>${time}</time><b style="color:${colour}">${kind}</b><div>${body}</div></li>`
}

function item(group: readonly Decision[]): string {
  const [first, last] = [group[0]!, group.at(-1)!]
  if (group.length > 1) {
    const counts = (['flip', 'canary'] as const)
      .map((kind) => [group.filter((of) => of.kind === kind).length, kind] as const)
      .filter(([count]) => count > 0)
      .map(([count, kind]) => `${count} ${kind === 'flip' ? 'to all' : 'on trial'}`)
    const until = isoSeconds(last.timeMs).slice(5, 16).replace('T', ' ')
    return line(
      isoSeconds(first.timeMs),
      first.kind,
      `<details><summary>${group.length} hourly releases until ${until}: ${counts.join(', ')}</summary>${table(HEAD, rowsOf(group))}</details>`,
    )
  }
  const { version, tier, from, to, reason } = first
  const moved = from !== to ? ` release ${from ?? 'none'} → ${to ?? 'none'},` : ''
  const about = version === null ? `${tier}:` : `<code>${escapeHtml(version)}</code>`
  return line(
    isoSeconds(first.timeMs),
    first.kind,
    `${about}${moved} <span class="quiet">${escapeHtml(reason)}</span>`,
  )
}

/** Everything that was decided, in order; the hourly releases between two other decisions are folded. */
export const decisionList = (decisions: readonly Decision[]): string =>
  decisions.length === 0
    ? '<p class="quiet">Nothing has been decided yet.</p>'
    : `<ol class="decisions">${groupDecisions(decisions).map(item).join('')}</ol>`

const TURNED_DOWN: readonly Kind[] = ['refusal', 'failure', 'rollback', 'withdrawal']

/** What gates and people have turned down, with why. */
export function turnedDownTable(decisions: readonly Decision[]): string {
  const rows = decisions.filter(({ kind }) => TURNED_DOWN.includes(kind))
  if (rows.length === 0) return '<p class="quiet">No version and no interval was turned down.</p>'
  return table(
    ['time', 'tier', 'decision', 'version', 'gate', 'why'],
    rows.map(({ timeMs, tier, kind, version, evidence, reason }) => [
      isoSeconds(timeMs),
      tier,
      kind,
      version,
      typeof evidence['gate'] === 'string' ? evidence['gate'] : null,
      reason,
    ]),
  )
}
