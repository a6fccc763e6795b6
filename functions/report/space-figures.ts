import * as Plot from '@observablehq/plot'
import { type Cell, COLOURS, draw, legend, TIME_AXIS, table } from './document.ts'
import { formatInstant, formatNumber, formatShare, formatText } from './format.ts'
import type { SpaceGeneration, Spaces } from './space-findings.ts'

type Figures = NonNullable<SpaceGeneration['comparison']>['figures']

const number = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : value.toFixed(3)
/** A value with a quiet line beneath, or a dash. */
const noted = (value: string | null, note: string): Cell => (value === null ? null : [value, note])

const hitRateOf = ({ lists }: Figures, name: string | undefined): number | null =>
  lists?.candidates.find((candidate) => candidate.name === name)?.hitRate ?? null
/** The worse of both vector indexes. */
const recallOf = ({ recall }: Figures) =>
  recall && {
    recall: Math.min(recall.in.recall, recall.out.recall),
    selfFound: Math.min(recall.in.selfFound, recall.out.selfFound),
  }
/** Of items near an item. */
const overlapOf = ({ overlaps }: Figures) => overlaps.find(({ side }) => side === 'in') ?? null
const reachableOf = ({ lists }: Figures): number | null =>
  lists && lists.newItems > 0 ? lists.newReachable : null

function statusOf({ generation, status }: SpaceGeneration, served: string | null): Cell {
  if (generation === served) return { text: 'served', tone: 'good' }
  return { text: status, tone: status === 'refused' ? 'bad' : 'accent' }
}

function reasonOf({ reason, unreadable }: SpaceGeneration): string | null {
  const parts = [
    formatText(reason),
    unreadable === null ? '' : `its figures are unreadable: ${unreadable}`,
  ]
  return parts.filter((part) => part !== '').join('; ') || null
}

function figureCells(figures: Figures): Cell[] {
  const { lists, drift } = figures
  const overlap = overlapOf(figures)
  const recall = recallOf(figures)
  return [
    noted(number(hitRateOf(figures, lists?.chosen)), lists?.chosen ?? ''),
    number(hitRateOf(figures, 'popularity')),
    number(hitRateOf(figures, 'item-knn')),
    lists?.chosenForItems ?? null,
    noted(number(overlap?.served), `seeds ${number(overlap?.seeds)}`),
    noted(number(recall?.recall), `itself ${number(recall?.selfFound)}`),
    lists && formatShare(lists.coverage),
    lists && noted(number(reachableOf(figures)), `of ${formatNumber(lists.newItems)}`),
    noted(number(drift?.cosine.in), `best ${number(drift?.best.in)}`),
  ]
}
const NO_FIGURES: readonly Cell[] = Array.from({ length: 9 }, () => null)

/** A row a generation: its judgement, and the figures that it rests on. */
export const drawGenerations = ({ generations, served }: Spaces): string =>
  table(
    [
      ...['began', 'status', 'reason', 'HR@10', 'popularity', 'item-kNN', 'lists of items'],
      ...['overlap', 'recall@10', 'coverage', 'new reachable', 'cosine to served'],
    ],
    generations.map((generation) => [
      [formatInstant(generation.fenceMs), generation.generation],
      statusOf(generation, served),
      reasonOf(generation),
      ...(generation.comparison ? figureCells(generation.comparison.figures) : NO_FIGURES),
    ]),
  )

const SERIES: readonly {
  name: string
  colour: string
  figureOf: (figures: Figures) => number | null | undefined
}[] = [
  { name: 'recall@10', colour: COLOURS.full, figureOf: (one) => recallOf(one)?.recall },
  { name: 'cosine to served', colour: COLOURS.accepted, figureOf: ({ drift }) => drift?.cosine.in },
  { name: 'overlap', colour: COLOURS.daily, figureOf: (one) => overlapOf(one)?.served },
  { name: 'coverage', colour: COLOURS.hourly, figureOf: ({ lists }) => lists?.coverage },
  { name: 'new reachable', colour: COLOURS.kept, figureOf: reachableOf },
]

/** Drift, recall and coverage of the generations that were judged; nothing where there are less than two. */
export function drawOverTime({ generations }: Spaces): string {
  const judged = generations
    .flatMap(({ fenceMs, comparison, status }) =>
      comparison ? [{ at: new Date(fenceMs), status, figures: comparison.figures }] : [],
    )
    .reverse()
  if (judged.length < 2) return ''
  const points = SERIES.flatMap(({ name, colour, figureOf }) =>
    judged.flatMap(({ at, figures, status }) => {
      const value = figureOf(figures) ?? null
      if (value === null) return []
      const title = `${name} ${value.toFixed(3)}\n${formatInstant(at.getTime())}, ${status}`
      const fill = status === 'refused' ? COLOURS.ground : colour
      return [{ at, value, name, colour, fill, title }]
    }),
  )
  return `${legend(SERIES.map(({ name, colour }) => [name, colour]))}
${draw(
  'Lines over time: recall, cosine to the served space, overlap, coverage, new items reachable',
  {
    height: 230,
    x: TIME_AXIS,
    y: {
      label: 'share or cosine',
      grid: true,
      domain: [Math.min(0, ...points.map(({ value }) => value)), 1],
    },
    marks: [
      Plot.lineY(points, { x: 'at', y: 'value', z: 'name', stroke: 'colour', strokeWidth: 2 }),
      Plot.dot(points, {
        ...{ x: 'at', y: 'value', r: 3.5, fill: 'fill', stroke: 'colour', title: 'title' },
      }),
    ],
  },
)}`
}
