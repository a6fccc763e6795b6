import type {
  GraphEntity,
  RelatedValue,
  RelatedValues,
} from '../../../functions/reader/graph-entity.ts'
import { type Cell, escapeHtml, table } from '../../../functions/report/document.ts'
import { formatNumber } from '../../../functions/report/format.ts'

/** Values of each side of the figure. The table has more. */
const MAX_SIDE = 16
const MAX_ROWS = 200
const WIDTH = 1088
const LINE = 24
const MAX_LABEL = 34
/** Of the entity itself, within its box. */
const MAX_TITLE = 26
const CENTRE = 100

/** A line of the figure: a relation's name, one of its values, or how many it has besides. */
type Line =
  | { kind: 'relation'; relation: string }
  | { kind: 'value'; relation: string; related: RelatedValue }
  | { kind: 'rest'; count: number }

const groupsOf = (side: Readonly<Record<string, RelatedValues>>): [string, RelatedValues][] =>
  Object.entries(side).sort(([a], [b]) => (a < b ? -1 : 1))

/** How many values each relation shows: the first of each, then the second, until the side is full. */
function shareOut(groups: readonly [string, RelatedValues][]): number[] {
  const shown = groups.map(() => 0)
  let left = MAX_SIDE
  for (let rank = 0; left > 0 && groups.some(([, { values }]) => rank < values.length); rank++)
    for (const [n, [, { values }]] of groups.entries())
      if (rank < values.length && left > 0) {
        shown[n]!++
        left--
      }
  return shown
}

function linesOf(side: Readonly<Record<string, RelatedValues>>): Line[] {
  const groups = groupsOf(side)
  const shown = shareOut(groups)
  return groups.flatMap(([relation, { values, leftOut }], n): Line[] => {
    const rest = values.length - shown[n]! + leftOut
    return [
      { kind: 'relation', relation },
      ...values.slice(0, shown[n]).map((related): Line => ({ kind: 'value', relation, related })),
      ...(rest > 0 ? [{ kind: 'rest' as const, count: rest }] : []),
    ]
  })
}

const textOf = ({ value, unit }: RelatedValue): string =>
  unit === undefined ? String(value) : `${value} ${unit}`
const short = (text: string, most = MAX_LABEL): string => {
  const letters = [...text]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text
}
const sourcesOf = (count: number): string =>
  `${formatNumber(count)} source${count === 1 ? '' : 's'}`

function describe(relation: string, related: RelatedValue): string {
  const { confidence, sourceCount, sources } = related
  return `${relation} ${textOf(related)}, confidence ${confidence.toFixed(2)}, ${sourcesOf(sourceCount)}: ${sources.join(', ')}${sourceCount > sources.length ? ', …' : ''}`
}

/** Places of a side: `sign` is 1 on the right, where facts about the entity are, and −1 on the left. */
function drawLine(line: Line, y: number, sign: 1 | -1, middle: number): string {
  const [at, anchor] = [(offset: number) => WIDTH / 2 + sign * offset, sign > 0 ? 'start' : 'end']
  if (line.kind !== 'value') {
    const text = line.kind === 'relation' ? line.relation : `${formatNumber(line.count)} more`
    const weight = line.kind === 'relation' ? ' font-weight="600"' : ''
    return `<text x="${at(238)}" y="${y}" dy=".35em" text-anchor="${anchor}" class="quiet" fill="var(--quiet)"${weight}>${escapeHtml(text)}</text>`
  }
  const { relation, related } = line
  const { value, isEntity, confidence, sourceCount } = related
  const title = escapeHtml(describe(relation, related))
  const path = `M${at(CENTRE)},${middle}C${at(150)},${middle} ${at(130)},${y} ${at(185)},${y}`
  const name = `<text x="${at(250)}" y="${y}" dy=".35em" text-anchor="${anchor}"${isEntity ? '' : ' fill="var(--text)"'}>${escapeHtml(short(textOf(related)))}</text>`
  const linked = isEntity
    ? `<a href="#graph" data-entity="${escapeHtml(String(value))}" aria-label="${title}">${name}</a>`
    : name
  return `<g><title>${title}</title><path d="${path}" stroke-width="${(0.75 + 2.5 * confidence).toFixed(2)}"/><text x="${at(190)}" y="${y}" dy=".35em" text-anchor="${anchor}" fill="var(--quiet)" font-size="11">${confidence.toFixed(2)} · ${sourceCount}</text>${linked}</g>`
}

function drawSide(lines: readonly Line[], sign: 1 | -1, height: number): string {
  const top = (height - lines.length * LINE) / 2 + LINE / 2
  return lines.map((line, n) => drawLine(line, top + n * LINE, sign, height / 2)).join('')
}

function tableOf({ facts, incoming }: GraphEntity): string {
  const rows = [
    ...groupsOf(facts).map((group) => ['about it', ...group] as const),
    ...groupsOf(incoming).map((group) => ['of others', ...group] as const),
  ].flatMap(([whose, relation, { values }]) =>
    values.map((related): Cell[] => [
      ...[whose, relation, textOf(related), related.confidence.toFixed(2)],
      ...[related.sourceCount, related.sources.join(', ')],
    ]),
  )
  const cut =
    rows.length > MAX_ROWS
      ? `<p class="quiet">${formatNumber(rows.length - MAX_ROWS)} more.</p>`
      : ''
  const head = ['fact', 'relation', 'value', 'confidence', 'sources', 'some of them']
  return `<details data-key="entity"><summary>All of it as a table</summary>${table(head, rows.slice(0, MAX_ROWS))}${cut}</details>`
}

/**
 * An entity and what it is related to, as SVG: facts about it on the right, facts of others about it on the left, each
 * edge with its confidence and number of sources, as thick as it is confident. Pointing at an edge shows its sources.
 * A table has the same for readers who cannot see it. Text is escaped.
 */
export function drawNeighbourhood(entity: GraphEntity): string {
  const [right, left] = [linesOf(entity.facts), linesOf(entity.incoming)]
  const height = Math.max(3, right.length, left.length) * LINE + LINE
  const name = escapeHtml(short(entity.name ?? entity.id, MAX_TITLE))
  const label = escapeHtml(`The neighbourhood of ${entity.id}`)
  const kind = escapeHtml(entity.kind)
  return `<p class="quiet">Right: facts about it. Left: facts of others about it. On each edge: confidence · sources; point at it for the sources.</p>
<div class="scroll" tabindex="0"><svg role="group" aria-label="${label}" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-size="12" font-family="inherit">
${drawSide(left, -1, height)}${drawSide(right, 1, height)}
<rect x="${WIDTH / 2 - CENTRE}" y="${height / 2 - 20}" width="${2 * CENTRE}" height="40" rx="6" fill="var(--faint)" stroke="var(--line)"/>
<text x="${WIDTH / 2}" y="${height / 2 - 5}" text-anchor="middle" font-weight="600" fill="var(--text)">${name}</text>
<text x="${WIDTH / 2}" y="${height / 2 + 12}" text-anchor="middle" fill="var(--quiet)" font-size="11">${kind}</text>
</svg></div>
${tableOf(entity)}`
}
