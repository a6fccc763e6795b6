import * as Plot from '@observablehq/plot'
import type { Findings } from './collect.ts'
import { COLOURS, draw, legend } from './document.ts'

type Version = Findings['versions'][number]

/** Each version's data as a bar on its own line; a dot where it ends says what became of it. */
export function drawLineage(versions: readonly Version[]): string {
  // The newest are what a person asks about; a year of dailies would not fit a page.
  const shown = versions.slice(-45)
  const byId = new Map(shown.map((version, i) => [version.version, i]))
  const bars = shown.map((version, i) => ({
    i,
    tier: version.tier,
    status: version.status,
    from: new Date(version.dataFromMs),
    through: new Date(version.dataThroughMs),
    title: `${version.version} (${version.status})\n${version.rows} rows, ${version.positives} positives\nparent ${version.parent ?? 'none'}\n${version.reason}`,
  }))
  const arrows = bars.flatMap((bar, i) => {
    const parent = byId.get(shown[i]!.parent ?? '')
    if (parent === undefined) return []
    return [{ x1: bars[parent]!.through, y1: parent, x2: bar.from, y2: i }]
  })
  const figure = draw({
    height: 60 + 14 * shown.length,
    marginLeft: 170,
    x: { type: 'utc', label: null, grid: true },
    y: {
      type: 'band',
      label: null,
      domain: shown.map((_, i) => i),
      tickFormat: (i: number) => shown[i]!.version,
    },
    marks: [
      Plot.barX(bars, {
        x1: 'from',
        x2: 'through',
        y: 'i',
        fill: (bar: (typeof bars)[number]) => COLOURS[bar.tier],
        fillOpacity: 0.75,
        title: 'title',
      }),
      Plot.link(arrows, {
        x1: 'x1',
        y1: 'y1',
        x2: 'x2',
        y2: 'y2',
        stroke: '#57606a',
        strokeOpacity: 0.7,
        markerEnd: 'arrow',
      }),
      Plot.dot(bars, {
        x: 'through',
        y: 'i',
        r: 4,
        fill: (bar: (typeof bars)[number]) => COLOURS[bar.status],
        stroke: 'white',
        title: 'title',
      }),
    ],
  })
  return (
    legend([
      ['full', COLOURS.full],
      ['daily', COLOURS.daily],
      ['hourly', COLOURS.hourly],
      ['dot: accepted', COLOURS.accepted],
      ['dot: refused', COLOURS.refused],
      ['dot: failed', COLOURS.failed],
    ]) + figure
  )
}
