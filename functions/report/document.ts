import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/**
 * Colours by meaning, one for each, told apart without red and green alone (Okabe & Ito 2008);
 * `STYLE` gives each its value on a light and on a dark ground.
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

/** A Plot figure as SVG markup. Plot needs a DOM; linkedom is one without a browser. */
export function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const figure = Plot.plot({
    width: 960,
    marginLeft: 60,
    style: { fontFamily: 'inherit', fontSize: '12px', background: 'transparent' },
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
  })
  // Plot counts its markers through the life of the process; the same figure must be the same bytes.
  const svg = figure.outerHTML.replace(/plot-(marker|clip)-\d+/g, 'plot-$1')
  return `<div class="scroll figure">${svg}</div>`
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

export type Cell = string | number | null

function cell(value: Cell): string {
  if (value === null) return '<td class="none">–</td>'
  if (typeof value === 'number') return `<td class="number">${formatNumber(value)}</td>`
  // What has no space is a name or a date: broken over lines it cannot be read or copied.
  return `<td${value.includes(' ') ? '' : ' class="nowrap"'}>${escapeHtml(value)}</td>`
}

/** A row of a table. Cells are text; markup in them is shown as it is written. */
export const row = (cells: readonly Cell[]): string => `<tr>${cells.map(cell).join('')}</tr>`

/** A table of rows that are markup already. */
export const tableOf = (head: readonly string[], rows: readonly string[]): string =>
  `<div class="scroll"><table><thead><tr>${head
    .map((name) => `<th>${escapeHtml(name)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`

/** A table with right-aligned numbers. */
export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  tableOf(head, rows.map(row))

export const formatNumber = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en-GB') : value.toFixed(4)

const DARK = `--ground: #14171b; --text: #e6e9ed; --quiet: #98a1ab; --line: #343b44; --faint: #262c33;
  --full: #58a6e6; --daily: #f0b429; --hourly: #e29cc4; --accepted: #35c79a; --refused: #ff8552;
  --failed: #e6e9ed; --kept: #6fc3f0`

export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  --ground: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --faint: #eaeef2;
  --full: #0072b2; --daily: #e69f00; --hourly: #cc79a7; --accepted: #009e73; --refused: #d55e00;
  --failed: #000; --kept: #56b4e9 }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
body { max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem }
p { max-width: 70ch; margin: .25rem 0 .75rem } .quiet { color: var(--quiet) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .75rem; margin: 1.25rem 0 }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem }
.tile.wide { grid-column: span 2 }
.tile b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.tile.wide b { font-size: 1.05rem; line-height: 1.95rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.tile span { color: var(--quiet); font-size: .85rem }
svg { max-width: 100%; height: auto; overflow: visible }
.figure { padding: .25rem 0 } .figure svg { min-width: 760px }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem; min-width: 100% }
th { text-align: left; border-bottom: 2px solid var(--line); padding: .3rem .6rem; white-space: nowrap }
td { border-bottom: 1px solid var(--faint); padding: .3rem .6rem; vertical-align: top }
td.nowrap { white-space: nowrap }
td.number { text-align: right; font-variant-numeric: tabular-nums } td.none { color: var(--quiet) }
td.inner { padding: 0 0 .4rem 1.5rem }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; margin: .25rem 0 }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em }
details { margin: .25rem 0 } summary { cursor: pointer }
.decisions { list-style: none; padding: 0; margin: .5rem 0; font-size: .9rem }
.decisions > li { display: grid; grid-template-columns: 10.5rem 6.5rem minmax(0, 1fr); gap: 0 .5rem; padding: .3rem 0; border-bottom: 1px solid var(--faint) }
.decisions time { color: var(--quiet); font-variant-numeric: tabular-nums } .decisions details { margin: 0 }
.decisions > li > b { font-weight: 600 } .decisions code { font-size: .95em; overflow-wrap: anywhere }
@media (max-width: 640px) { .decisions > li { grid-template-columns: 1fr auto } .decisions > li > :last-child { grid-column: 1 / -1 } .tile.wide { grid-column: 1 / -1 } }
`

export const legend = (entries: readonly (readonly [string, string])[]): string =>
  `<div class="legend">${entries
    .map(([name, colour]) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`)
    .join('')}</div>`
