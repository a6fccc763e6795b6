import * as Plot from '@observablehq/plot'
import type { Difference, FreshResult, MeasuredInterval, Study } from '../contract/fresh.ts'
import { COLOURS, draw, escapeHtml, legend, STYLE, table } from './document.ts'

/** An arm's colour, by the last tier in its name; what is no tier is grey. */
function colourOf(arm: string): string {
  if (arm.endsWith('hourly') && arm !== 'no hourly') return COLOURS.hourly
  if (arm.endsWith('daily')) return COLOURS.daily
  return arm === 'full' ? COLOURS.full : COLOURS.started
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
const shown = ({ value, low, high }: MeasuredInterval): string =>
  `${signed(value)} [${signed(low)}, ${signed(high)}]`

/** How much lower an arm's normalized entropy is than the baseline's: more is better. */
const gainOf = ({ normalizedEntropy }: Difference): MeasuredInterval => ({
  value: -normalizedEntropy.value,
  low: -normalizedEntropy.high,
  high: -normalizedEntropy.low,
})

/** One line an arm: its gain and interval, studies one below another. */
function drawGains(studies: readonly Study[]): string {
  const bars = studies.flatMap(({ name, differences }) =>
    differences.map((difference) => {
      const gain = gainOf(difference)
      const { arm } = difference
      return { ...gain, name, arm, fill: colourOf(arm), title: `${name}, ${arm}\n${shown(gain)}` }
    }),
  )
  return draw({
    height: 60 + 24 * bars.length,
    marginLeft: 190,
    marginRight: 330,
    marginBottom: 45,
    x: {
      label: 'normalized entropy less than the baseline’s (more is better)',
      labelAnchor: 'center',
      labelOffset: 40,
      grid: true,
    },
    y: { label: null, domain: [...new Set(bars.map(({ arm }) => arm))] },
    fy: { label: null, domain: studies.map(({ name }) => name) },
    marks: [
      Plot.ruleX([0], { stroke: '#8c959f', strokeDasharray: '4,4' }),
      Plot.ruleY(bars, {
        x1: 'low',
        x2: 'high',
        y: 'arm',
        fy: 'name',
        stroke: 'fill',
        strokeWidth: 2,
      }),
      Plot.dot(bars, { x: 'value', y: 'arm', fy: 'name', r: 4, fill: 'fill', title: 'title' }),
    ],
  })
}

/** Dose and response: the gain of each arm by how strongly the world moves. */
function drawDose(studies: readonly Study[]): string {
  const points = studies.flatMap(({ drift, differences }) =>
    differences.map((difference) => ({
      drift,
      ...gainOf(difference),
      arm: difference.arm,
      stroke: colourOf(difference.arm),
      title: `drift ${drift}, ${difference.arm}\n${shown(gainOf(difference))}`,
    })),
  )
  return draw({
    height: 280,
    marginBottom: 45,
    x: {
      label: 'drift',
      labelAnchor: 'center',
      labelOffset: 40,
      ticks: studies.map(({ drift }) => drift!),
    },
    y: { label: 'normalized entropy less than full only', grid: true, zero: true },
    marks: [
      Plot.ruleY([0], { stroke: '#8c959f', strokeDasharray: '4,4' }),
      Plot.lineY(points, { x: 'drift', y: 'value', z: 'arm', stroke: 'stroke' }),
      Plot.ruleX(points, { x: 'drift', y1: 'low', y2: 'high', stroke: 'stroke', strokeWidth: 2 }),
      Plot.dot(points, { x: 'drift', y: 'value', r: 4, fill: 'stroke', title: 'title' }),
    ],
  })
}

const armsTable = (studies: readonly Study[]): string =>
  table(
    ['study', 'arm', 'seed', 'rows', 'AUC', 'log loss', 'norm. entropy', 'calibration'],
    studies.flatMap(({ name, arms, trials }) =>
      arms.flatMap((arm) =>
        trials.map(({ seed, scores }): (string | number | null)[] => {
          const { rows, auc, logLoss, normalizedEntropy, calibrationRatio } = scores[arm]!
          return [name, arm, seed, rows, auc, logLoss, normalizedEntropy, calibrationRatio]
        }),
      ),
    ),
  )

const differencesTable = (studies: readonly Study[]): string =>
  table(
    ['study', 'arm', 'less', 'AUC', 'log loss', 'norm. entropy'],
    studies.flatMap(({ name, baseline, differences }) =>
      differences.map(({ arm, auc, logLoss, normalizedEntropy }) => [
        name,
        arm,
        baseline,
        shown(auc),
        shown(logLoss),
        shown(normalizedEntropy),
      ]),
    ),
  )

const SECTIONS: readonly { group: Study['group']; title: string; text: string }[] = [
  {
    group: 'tiers',
    title: 'One, two and three tiers',
    text: 'Each hour is scored by what every arm serves at its start, against matured labels, and then trained on. All arms on the same rows.',
  },
  {
    group: 'drift',
    title: 'Dose and response',
    text: 'The same in worlds that move more or less, with no new items.',
  },
  {
    group: 'absence',
    title: 'Forgetting',
    text: 'An hourly chain that is regrown from each daily and full, and one that never is, by how long a person had been away, in a world that stands still.',
  },
  {
    group: 'movielens',
    title: 'MovieLens by time',
    text: 'Real ratings, a like being four stars or more.',
  },
  {
    group: 'young-labels',
    title: 'Young labels',
    text: 'Hourly chains that differ only in what they make of outcomes still to come. “matured” sees labels that only the future brings.',
  },
]

/** Each note once, with what it is about; of all alike without. */
function notesOf(studies: readonly Study[]): string {
  const notes = [...new Set(studies.map(({ note }) => note))]
  const about = (note: string): string =>
    studies
      .filter((study) => study.note === note)
      .map(({ name }) => name)
      .join(', ')
  const lines = notes.map((note) => (notes.length === 1 ? note : `${about(note)}: ${note}`))
  return `<p class="quiet">${lines.map((line) => escapeHtml(`${line}.`)).join('<br>')}</p>`
}

function figuresOf(group: Study['group'], studies: readonly Study[]): string {
  if (group === 'drift') return drawDose(studies)
  // Outcomes of a minute and of hours differ so much that one scale would hide the first.
  if (group === 'young-labels') return studies.map((study) => drawGains([study])).join('')
  return drawGains(studies)
}

/** A section of a page: what `npm run fresh` measured, with its figures. Pure. */
export function drawFresh({ studies, bootstrap }: FreshResult): string {
  const percent = `${(100 * bootstrap.confidence).toFixed(0)} %`
  const sections = SECTIONS.flatMap(({ group, title, text }) => {
    const of = studies.filter((study) => study.group === group)
    if (of.length === 0) return []
    return [
      `<h3>${title}</h3><p>${text}</p>`,
      notesOf(of),
      figuresOf(group, of),
      differencesTable(of),
      `<details><summary>Every trial</summary>${armsTable(of)}</details>`,
    ]
  })
  const colours = legend([
    ['full', COLOURS.full],
    ['full + daily', COLOURS.daily],
    ['full + daily + hourly', COLOURS.hourly],
  ])
  return `<p>Differences are means over trials with paired ${percent} bootstrap intervals, whole users drawn anew within each trial.</p>${colours}${sections.join('')}`
}

/** The section alone, as a page: no script, no request to anywhere. */
export const renderFreshPage = (result: FreshResult): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Quartermaster: what freshness pays</title><style>${STYLE}</style></head><body>
<h1>What freshness pays</h1>
${drawFresh(result)}
</body></html>
`
