import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** Colours by meaning, one for each, told apart without red and green alone (Okabe & Ito 2008). */
export const COLOURS = {
  full: '#0072b2',
  daily: '#e69f00',
  hourly: '#cc79a7',
  accepted: '#009e73',
  refused: '#d55e00',
  failed: '#000000',
  started: '#999999',
  kept: '#56b4e9',
  duplicates: '#cc79a7',
  excluded: '#d55e00',
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
  return figure.outerHTML.replace(/plot-marker-\d+/g, 'plot-marker')
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/** A table with right-aligned numbers. Cells are text; markup in them is shown as it is written. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cell = (value: string | number | null): string => {
    if (value === null) return '<td class="none">–</td>'
    if (typeof value === 'number') return `<td class="number">${formatNumber(value)}</td>`
    // What has no space is a name or a date: broken over lines it cannot be read or copied.
    return `<td${value.includes(' ') ? '' : ' class="nowrap"'}>${escapeHtml(value)}</td>`
  }
  return `<div class="scroll"><table><thead><tr>${head
    .map((name) => `<th>${escapeHtml(name)}</th>`)
    .join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map(cell).join('')}</tr>`)
    .join('')}</tbody></table></div>`
}

export const formatNumber = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en-GB') : value.toFixed(4)

export const STYLE = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff }
body { max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem }
p { max-width: 70ch; margin: .25rem 0 .75rem } .quiet { color: #57606a }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .75rem; margin: 1.25rem 0 }
.tile { border: 1px solid #d0d7de; border-radius: 8px; padding: .6rem .8rem }
.tile.wide { grid-column: span 2 }
.tile b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums }
.tile span { color: #57606a; font-size: .85rem }
svg { max-width: 100%; height: auto; overflow: visible }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem; min-width: 100% }
th { text-align: left; border-bottom: 2px solid #d0d7de; padding: .3rem .6rem; white-space: nowrap }
td { border-bottom: 1px solid #eaeef2; padding: .3rem .6rem; vertical-align: top }
td.nowrap { white-space: nowrap }
td.number { text-align: right; font-variant-numeric: tabular-nums } td.none { color: #8c959f }
.legend { display: flex; flex-wrap: wrap; gap: 1rem; font-size: .85rem; margin: .25rem 0 }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em }
details { margin: .5rem 0 } summary { cursor: pointer }
`

export const legend = (entries: readonly (readonly [string, string])[]): string =>
  `<div class="legend">${entries
    .map(([name, colour]) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`)
    .join('')}</div>`
