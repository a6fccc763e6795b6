import type { EraseAnswer, Erasing } from '../../../functions/contract/erase.ts'
import { dateOf } from '../../../functions/contract/time.ts'
import { formatCount, formatTable } from '../table.ts'

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')

/** An erasure that left something: the command ends with another exit code. */
export const isIncomplete = ({ scenes }: Partial<EraseAnswer>): boolean =>
  Array.isArray(scenes) && scenes.some(({ status }) => status === 'incomplete')

/** The last step removes nothing: it marks versions. */
const MARKS = 'lineage'
const removals = ({ removed }: Erasing) =>
  Object.entries(removed).filter(([name]) => name !== MARKS)

const rowsOf = (erasing: Erasing): number =>
  removals(erasing).reduce((sum, [, { rows }]) => sum + rows, 0)

/** Where the erasure is. */
export function printErasing({ scenes }: EraseAnswer): string {
  const erasing = scenes.at(-1)!
  const { scene, step, round, cursor } = erasing
  return `${scene}: round ${round}, ${step}: ${formatCount(rowsOf(erasing))} rows removed so far, at ${cursor ?? 'the beginning'}`
}

function printScene(erasing: Erasing): string {
  const { scene, erasure, status, removed, scanned, leftovers, requestedMs } = erasing
  const rows = removals(erasing).map(([name, counts]) => [
    name,
    formatCount(counts.rows),
    formatCount(counts.rewritten),
    formatCount(counts.deleted),
  ])
  const table = formatTable(['data', 'rows', 'rewritten', 'deleted'], rows)
  const learned = removed[MARKS]?.rows ?? 0
  const read = `${formatCount(scanned.objects)} objects and pages, ${formatCount(scanned.rows)} rows`
  return [
    `${scene}: ${status}, erasure ${erasure} of ${dateOf(requestedMs)}`,
    rows.length > 0 ? indented(table) : '  no data named this person',
    leftovers.count === 0
      ? `  the scan read ${read}, and found nothing of the person`
      : `  the scan read ${read}, and found the person in ${formatCount(leftovers.count)}, which a later call can remove:`,
    ...leftovers.first.map((name) => `    ${name}`),
    ...(learned > 0
      ? [`  ${formatCount(learned)} versions learned from the person: the lineage marks them`]
      : []),
    `  raw records may name the person until ${dateOf(erasing.rawUntilMs)}, quarantined ones until ${dateOf(erasing.quarantineUntilMs)}`,
  ].join('\n')
}

export const printErased = ({ scenes }: EraseAnswer): string => scenes.map(printScene).join('\n\n')
