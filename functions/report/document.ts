import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { formatNumber, formatTick } from './format.ts'

/**
 * One colour per meaning, distinct without telling red from green (Okabe & Ito 2008). `STYLE`
 * defines each for a light and a dark background.
 */
export const COLOURS = {
  full: 'var(--full)',
  daily: 'var(--daily)',
  hourly: 'var(--hourly)',
  accepted: 'var(--accepted)',
  refused: 'var(--refused)',
  failed: 'var(--failed)',
  started: 'var(--quiet)',
  kept: 'var(--kept)',
  duplicates: 'var(--hourly)',
  excluded: 'var(--refused)',
  ground: 'var(--ground)',
  text: 'var(--text)',
  quiet: 'var(--quiet)',
} as const

/** The time axis of every figure. */
export const TIME_AXIS = { type: 'utc', label: null, tickFormat: formatTick } as const

/**
 * A Plot figure as SVG markup. `alt` describes it for readers who cannot see it. Plot needs a DOM,
 * and linkedom is one without a browser.
 */
export function draw(alt: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const figure = Plot.plot({
    width: 1088,
    marginLeft: 60,
    style: { fontFamily: 'inherit', fontSize: '12px', background: 'transparent' },
    ariaLabel: alt,
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
  })
  figure.setAttribute('role', 'img')
  // Plot numbers its markers across the life of the process. Without the numbers, the same figure
  // gives the same bytes.
  const svg = figure.outerHTML.replace(/plot-(marker|clip)-\d+/g, 'plot-$1')
  return `<div class="scroll figure" tabindex="0">${svg}</div>`
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

interface Toned {
  text: string | number
  tone: 'good' | 'bad' | 'accent'
}
/**
 * The content of a cell: a text, a number, nothing, a coloured value, or two lines with the second
 * one quiet.
 */
export type Cell = string | number | null | Toned | readonly [first: string, second: string]

/** A short text, a name or a time, which is hard to read or copy if it is broken over lines. */
const isWhole = (text: string): boolean =>
  text.length <= 12 || !text.includes(' ') || / UTC$/.test(text)

function cell(value: Cell, isInNumbers = false): string {
  if (value === null) return `<td class="none${isInNumbers ? ' number' : ''}">–</td>`
  if (typeof value === 'number') return `<td class="number">${formatNumber(value)}</td>`
  if (typeof value === 'string') {
    const kind = isWhole(value) ? 'nowrap' : value.length > 60 ? 'text' : ''
    return `<td class="${kind}">${escapeHtml(value)}</td>`
  }
  if ('text' in value) return cell(value.text).replace('class="', `class="${value.tone} `)
  const [first, second] = value.map(escapeHtml)
  return `<td class="nowrap">${first}<br><span class="quiet">${second}</span></td>`
}

const isNumber = (value: Cell): boolean =>
  typeof value === 'number' ||
  (typeof value === 'object' && value !== null && 'text' in value && isNumber(value.text))

/** A row of a table. Cells are text: markup in them is escaped. */
export const row = (cells: readonly Cell[], isNumeric: (column: number) => boolean): string =>
  `<tr>${cells.map((value, i) => cell(value, isNumeric(i))).join('')}</tr>`

/** A table whose rows are already markup. It scrolls inside its own box. */
export const tableOf = (
  head: readonly string[],
  rows: readonly string[],
  isNumeric: (column: number) => boolean,
): string =>
  `<div class="scroll" tabindex="0"><table><thead><tr>${head
    .map(
      (name, i) =>
        `<th scope="col"${isNumeric(i) ? ' class="number"' : ''}>${escapeHtml(name)}</th>`,
    )
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`

/** A table with right-aligned numbers. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumeric = (column: number): boolean =>
    rows.some((cells) => isNumber(cells[column] ?? null))
  return tableOf(
    head,
    rows.map((cells) => row(cells, isNumeric)),
    isNumeric,
  )
}

const DARK = `--ground: #14171b; --text: #e6e9ed; --quiet: #98a1ab; --line: #343b44; --faint: #262c33;
  --full: #58a6e6; --daily: #f0b429; --hourly: #e29cc4; --accepted: #35c79a; --refused: #ff8552;
  --failed: #e6e9ed; --kept: #6fc3f0; --good: #3ccfa2; --bad: #ff8a4c; --accent: #56b4e9`

export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  --ground: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --faint: #eaeef2;
  --full: #0072b2; --daily: #e69f00; --hourly: #cc79a7; --accepted: #009e73; --refused: #d55e00;
  --failed: #000; --kept: #56b4e9; --good: #00785a; --bad: #b84300; --accent: #0072b2 }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
body { max-width: 1120px; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem } h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
p { max-width: 70ch; margin: .25rem 0 .75rem } .quiet { color: var(--quiet) } .good { color: var(--good) } .bad { color: var(--bad) } .accent { color: var(--accent) }
a { color: var(--accent) } p.note { max-width: none; font-size: .85rem }
.health { border: 1px solid var(--line); border-left: 6px solid var(--accent); border-radius: 8px; padding: .6rem .9rem; margin: 1rem 0; color: var(--text) }
.health.good { border-left-color: var(--good) } .health.bad { border-left-color: var(--bad) }
.health p { max-width: none; margin: 0; font-size: 1.05rem } .health ul { margin: .4rem 0 0; padding-left: 1.2rem }
.health a { overflow-wrap: anywhere }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 130px), 1fr)); gap: .75rem; margin: 1.25rem 0 }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem }
.tile.wide { grid-column: span 2 }
.tile b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.tile.wide b { font-size: .92rem; line-height: 1.95rem; overflow-wrap: anywhere }
.tile span { color: var(--quiet); font-size: .85rem }
svg { display: block; max-width: 100%; height: auto }
.figure { padding: .25rem 0 } .figure svg { min-width: 860px }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem; min-width: 100% }
th { text-align: left; vertical-align: bottom; border-bottom: 2px solid var(--line); padding: .3rem .6rem }
td { border-bottom: 1px solid var(--faint); padding: .3rem .6rem; vertical-align: top }
td.nowrap { white-space: nowrap } td.text { min-width: 16rem } th { overflow-wrap: normal }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums } td.none { color: var(--quiet) }
td.inner { padding: 0 0 .4rem 1rem; max-width: 0 }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; margin: .25rem 0 }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em }
details { margin: .25rem 0 } summary { cursor: pointer }
.decisions { list-style: none; padding: 0; margin: .5rem 0; font-size: .9rem }
.decisions > li { display: grid; grid-template-columns: 13rem 6rem minmax(0, 1fr); gap: 0 .5rem; padding: .3rem 0; border-bottom: 1px solid var(--faint) }
.decisions time { color: var(--quiet); font-variant-numeric: tabular-nums } .decisions details { margin: 0 }
.decisions > li > b { font-weight: 600 } .decisions code { font-size: .95em } .decisions > li > div { overflow-wrap: anywhere } .decisions td { overflow-wrap: normal }
@media (max-width: 640px) { .decisions > li { grid-template-columns: 1fr auto } .decisions > li > :last-child { grid-column: 1 / -1 } .tile.wide { grid-column: 1 / -1 } }
`

export const legend = (entries: readonly (readonly [string, string])[]): string =>
  `<div class="legend">${entries
    .map(([name, colour]) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`)
    .join('')}</div>`
