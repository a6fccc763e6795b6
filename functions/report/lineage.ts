import * as Plot from '@observablehq/plot'
import { DAY_MS } from '../contract/time.ts'
import { type Chain, groupChains } from './chains.ts'
import { COLOURS, draw, legend, TIME_AXIS } from './document.ts'
import type { Decision, Version } from './findings.ts'
import { formatInstant, formatNumber, formatText } from './format.ts'
import { type ServedSpan, servedSpans } from './served.ts'

/** The newest bases matter most, and a year of dailies does not fit on a page. */
const SHOWN_BASES = 30
const ROW_HEIGHT = 24

const describe = (version: Version): string =>
  `${version.version} (${version.status})\n${formatInstant(version.dataFromMs)} to ${formatInstant(version.dataThroughMs)}\n${formatNumber(version.rows)} rows, ${formatNumber(version.positives)} positives\nparent ${version.parent ?? 'none'}\n${formatText(version.reason)}`

const rowOf = ({ version, base }: Version): string => base ?? version

/**
 * One cell per version: a base's interval in the colour of its tier, then the hours of its chain.
 */
function cellsOf({ base, increments }: Chain, fromMs: number) {
  return [base, ...increments].map((version) => ({
    row: base.version,
    from: new Date(Math.max(fromMs, version.dataFromMs)),
    through: new Date(version.dataThroughMs),
    fill:
      version.status === 'accepted' || version.status === 'started'
        ? COLOURS[version.tier]
        : COLOURS[version.status],
    opacity: version.status === 'started' ? 0.25 : version.arm === 'canary' ? 0.45 : 0.9,
    title: describe(version),
  }))
}

/** What was served, one stretch per base, and the moves from one base to another. */
function servedPath(spans: readonly ServedSpan[], endMs: number) {
  const stretches: { row: string; from: Date; through: Date; by: Decision }[] = []
  for (const { fromMs, throughMs, version, by } of spans) {
    const last = stretches.at(-1)
    const through = new Date(throughMs ?? endMs)
    if (last?.row === rowOf(version) && by.kind !== 'rollback') last.through = through
    else stretches.push({ row: rowOf(version), from: new Date(fromMs), through, by })
  }
  const moves = stretches.slice(1).map(({ row, from, by }, i) => ({
    at: from,
    from: stretches[i]!.row,
    to: row,
    stroke: by.kind === 'rollback' ? COLOURS.refused : COLOURS.text,
  }))
  return { stretches, moves }
}

/**
 * Decisions against a version, on the row of that version; decisions without a version, on the row
 * served then.
 */
function marksOf(
  decisions: readonly Decision[],
  spans: readonly ServedSpan[],
  byId: ReadonlyMap<string, Version>,
) {
  const symbols: Partial<Record<Decision['kind'], 'times' | 'diamond2' | 'square2'>> = {
    refusal: 'times',
    failure: 'times',
    rollback: 'diamond2',
    withdrawal: 'diamond2',
    exclusion: 'square2',
  }
  return decisions.flatMap(({ kind, timeMs, version, tier, reason }) => {
    const symbol = symbols[kind]
    const about = version === null ? undefined : byId.get(version)
    const served = spans.findLast(({ fromMs }) => fromMs <= timeMs)?.version
    const row = (about ?? served) && rowOf((about ?? served)!)
    if (!symbol || row === undefined) return []
    const title = `${formatInstant(timeMs)}: ${kind}, ${tier}\n${formatText(reason)}`
    return [{ at: new Date(timeMs), row, symbol, title }]
  })
}

/**
 * One row per base, the newest last: the base's data, the chain grown on it hour by hour, and below
 * them when it was served. Crosses are refusals. Diamonds are rollbacks and withdrawals.
 */
export function drawLineage(versions: readonly Version[], decisions: readonly Decision[]): string {
  const all = groupChains(versions)
  const chains = all.slice(-SHOWN_BASES)
  const rows = chains.map(({ base }) => base.version)
  const isShown = new Set(rows)
  const byId = new Map(versions.map((version) => [version.version, version]))
  const spans = servedSpans(versions, decisions)
  const bars = chains.map(({ base }) => base)
  const newestMs = Math.max(...bars.map(({ dataThroughMs }) => dataThroughMs))
  const oldestMs = Math.min(...bars.map(({ dataThroughMs }) => dataThroughMs)) - 2 * DAY_MS
  // A full's lookback would compress the days, so it is cut at the start of the drawing.
  const fromMs = Math.max(oldestMs, Math.min(...bars.map(({ dataFromMs }) => dataFromMs)))
  const endMs = Math.max(newestMs, ...decisions.map(({ timeMs }) => timeMs))
  const cells = chains.flatMap((chain) => cellsOf(chain, fromMs))
  const { stretches, moves } = servedPath(spans, endMs)
  const below = ROW_HEIGHT / 2 - 2
  const alt = 'Rows by full or daily version: its data, its hourly chain, and when it was served'
  const figure = draw(alt, {
    height: 50 + ROW_HEIGHT * rows.length,
    marginLeft: 172,
    x: { ...TIME_AXIS, grid: true, domain: [new Date(fromMs), new Date(endMs)] },
    y: { type: 'band', label: null, domain: rows, padding: 0 },
    marks: [
      Plot.barX(cells, {
        x1: 'from',
        x2: 'through',
        y: 'row',
        fill: 'fill',
        fillOpacity: 'opacity',
        title: 'title',
        insetTop: 5,
        insetBottom: 7,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.link(
        moves.filter(({ from, to }) => isShown.has(from) && isShown.has(to)),
        { x1: 'at', x2: 'at', y1: 'from', y2: 'to', dy: below, stroke: 'stroke', strokeWidth: 2 },
      ),
      Plot.ruleY(
        stretches.filter(({ row }) => isShown.has(row)),
        { x1: 'from', x2: 'through', y: 'row', dy: below, stroke: COLOURS.text, strokeWidth: 2.5 },
      ),
      Plot.dot(
        marksOf(decisions, spans, byId).filter(({ row }) => isShown.has(row)),
        {
          x: 'at',
          y: 'row',
          dy: below,
          symbol: 'symbol',
          r: 4.5,
          stroke: COLOURS.refused,
          strokeWidth: 2.5,
          title: 'title',
        },
      ),
    ],
    opacity: { type: 'identity' },
    symbol: { type: 'identity' } as Plot.ScaleOptions,
  })
  const left = all.length - chains.length
  return [
    legend([
      ['full', COLOURS.full],
      ['daily', COLOURS.daily],
      ['an hour of the chain on it (pale: the challenger’s)', COLOURS.hourly],
      ['served to all', COLOURS.text],
      ['refused ×, rolled back or withdrawn ◆, hour excluded □', COLOURS.refused],
    ]),
    figure,
    left > 0
      ? `<p class="quiet">${formatNumber(left)} older ones are left out of the drawing.</p>`
      : '',
  ].join('')
}
