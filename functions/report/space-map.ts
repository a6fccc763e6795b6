import * as Plot from '@observablehq/plot'
import { COLOURS, draw, escapeHtml, table } from './document.ts'
import { formatNumber } from './format.ts'
import type { Spaces } from './space-findings.ts'

type Point = NonNullable<Spaces['map']>['points'][number]

const HEIGHT = 560
/** Names of categories in the legend; the rest are one. */
const MAX_CATEGORIES = 10
const REST = 'other categories'
const NONE = 'no category'

/** A category is known by its colour and its shape, since ten colours are hard to tell apart. */
const LOOKS = [
  ...[COLOURS.full, COLOURS.daily, COLOURS.accepted, COLOURS.refused, COLOURS.hourly].map(
    (colour) => ({ colour, symbol: 'circle', glyph: '●' }) as const,
  ),
  ...[COLOURS.full, COLOURS.daily, COLOURS.accepted, COLOURS.refused, COLOURS.hourly].map(
    (colour) => ({ colour, symbol: 'triangle', glyph: '▲' }) as const,
  ),
] as const
const QUIET = { colour: COLOURS.quiet, symbol: 'circle', glyph: '●' } as const
type Look = (typeof LOOKS)[number] | typeof QUIET

/** The looks of categories, in the order of their names: a category keeps its look while the others stay. */
function chooseLooks(points: readonly Point[]): Map<string, Look & { count: number }> {
  const counts = new Map<string, number>()
  for (const { category } of points)
    if (category !== null) counts.set(category, (counts.get(category) ?? 0) + 1)
  const bySize = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const isCut = bySize.length > MAX_CATEGORIES
  const named = bySize.slice(0, isCut ? MAX_CATEGORIES - 1 : MAX_CATEGORIES)
  const looks = new Map(
    named
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([category, count], n) => [category, { ...LOOKS[n]!, count }] as const),
  )
  const left = points.filter(({ category }) => category !== null && !looks.has(category)).length
  if (left > 0)
    return new Map<string, Look & { count: number }>([...looks, [REST, { ...QUIET, count: left }]])
  return looks
}

const legendOf = (looks: ReadonlyMap<string, Look & { count: number }>, unnamed: number): string =>
  `<div class="legend">${[
    ...looks,
    ...(unnamed > 0 ? [[NONE, { ...QUIET, glyph: '○', count: unnamed }] as const] : []),
  ]
    .map(
      ([name, { colour, glyph, count }]) =>
        `<span><span aria-hidden="true" style="color:${colour}">${glyph}</span> ${escapeHtml(name)} (${formatNumber(count)})</span>`,
    )
    .join('')}</div>`

/** Domains of both axes at one scale: a distance is as long upright as across. */
function fitDomains(points: readonly Point[], width: number, height: number) {
  const spanOf = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return { middle: (low + high) / 2, span: high - low }
  }
  const across = spanOf(points.map(({ x }) => x))
  const upright = spanOf(points.map(({ y }) => y))
  const unit = Math.max(across.span / width, upright.span / height) || 1 / width
  const around = (middle: number, pixels: number) => [
    middle - (unit * pixels) / 2,
    middle + (unit * pixels) / 2,
  ]
  return { x: around(across.middle, width), y: around(upright.middle, height) }
}

/** Items in two dimensions, by category. Distances are those of a projection: near is likely alike. */
export function drawMap(points: readonly Point[]): string {
  if (points.length === 0) return '<p class="quiet">The map has no items.</p>'
  const looks = chooseLooks(points)
  const { colour: quiet } = QUIET
  const marks = points.map(({ id, title, category, x, y }) => {
    const look = category === null ? null : (looks.get(category) ?? QUIET)
    const name = title === '' || title === id ? id : `${title} (${id})`
    return {
      ...{ x, y, fill: look ? look.colour : 'none', stroke: look ? COLOURS.ground : quiet },
      ...{ symbol: look?.symbol ?? 'circle', title: `${name}\n${category ?? NONE}` },
    }
  })
  const [width, margin] = [1088, 12]
  const domains = fitDomains(points, width - 4 * margin, HEIGHT - 4 * margin)
  const unnamed = points.filter(({ category }) => category === null).length
  return `${legendOf(looks, unnamed)}
${draw(`A map of ${formatNumber(points.length)} items of the space, by category`, {
  ...{ width, height: HEIGHT, margin, marginLeft: margin, axis: null, inset: margin },
  x: { domain: domains.x },
  y: { domain: domains.y },
  marks: [
    Plot.frame({ stroke: COLOURS.quiet, strokeOpacity: 0.4 }),
    Plot.dot(marks, {
      ...{ x: 'x', y: 'y', r: 4, fill: 'fill', stroke: 'stroke', strokeWidth: 0.7 },
      ...{ symbol: 'symbol', title: 'title' },
    }),
  ],
})}`
}

/** Ten items with those nearest to them, before and after. */
export function drawNeighbours({ neighbours, titles }: NonNullable<Spaces['neighbours']>): string {
  if (neighbours.length === 0) return '<p class="quiet">No item has neighbours yet.</p>'
  const nameOf = (id: string): string => titles[id] || id
  const namesOf = (ids: readonly string[]): string => ids.map(nameOf).join(', ')
  return table(
    ['item', 'near it before', 'near it now', 'kept'],
    neighbours.map(({ id, before, after }) => {
      const kept = before === null ? null : after.filter((one) => before.includes(one)).length
      return [
        titles[id] ? [titles[id], id] : id,
        before && namesOf(before),
        namesOf(after),
        kept === null ? null : `${kept} of ${after.length}`,
      ]
    }),
  )
}
