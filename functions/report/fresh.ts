import * as Plot from '@observablehq/plot'
import type { Difference, FreshResult, MeasuredInterval, Study } from '../contract/fresh.ts'
import { COLOURS, draw, escapeHtml, legend, STYLE, table } from './document.ts'

/** A setup's colour, by the last tier in its name. Grey if its name does not end in a tier. */
function colourOf(arm: string): string {
  if (arm.endsWith('hourly') && arm !== 'no hourly') return COLOURS.hourly
  if (arm.endsWith('daily')) return COLOURS.daily
  return arm === 'full' ? COLOURS.full : COLOURS.started
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
const shown = ({ value, low, high }: MeasuredInterval): string =>
  `${signed(value)} [${signed(low)}, ${signed(high)}]`

/** How much lower a setup's normalized entropy is than the baseline's. Higher is better. */
const gainOf = ({ normalizedEntropy }: Difference): MeasuredInterval => ({
  value: -normalizedEntropy.value,
  low: -normalizedEntropy.high,
  high: -normalizedEntropy.low,
})

/** One line for each setup: its gain and interval, studies one below another. */
function drawGains(studies: readonly Study[]): string {
  const bars = studies.flatMap(({ name, differences }) =>
    differences.map((difference) => {
      const gain = gainOf(difference)
      const { arm } = difference
      return { ...gain, name, arm, fill: colourOf(arm), title: `${name}, ${arm}\n${shown(gain)}` }
    }),
  )
  const names = studies.map(({ name }) => name).join(', ')
  return draw(`Gain of each setup over the baseline, with its interval: ${names}`, {
    height: 60 + 24 * bars.length,
    marginLeft: 190,
    marginRight: 330,
    marginBottom: 45,
    x: {
      label: 'how far normalized entropy lies below the baseline’s (more is better)',
      labelAnchor: 'center',
      labelOffset: 40,
      grid: true,
    },
    y: { label: null, domain: [...new Set(bars.map(({ arm }) => arm))] },
    fy: { label: null, domain: studies.map(({ name }) => name) },
    marks: [
      Plot.ruleX([0], { stroke: COLOURS.quiet, strokeDasharray: '4,4' }),
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

/** Dose and response: the gain of each setup by the strength of the drift. */
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
  return draw('Gain of each setup over the baseline, by how strongly the world moves', {
    height: 280,
    marginBottom: 45,
    x: {
      label: 'drift',
      labelAnchor: 'center',
      labelOffset: 40,
      ticks: studies.map(({ drift }) => drift!),
    },
    y: { label: 'normalized entropy below full only', grid: true, zero: true },
    marks: [
      Plot.ruleY([0], { stroke: COLOURS.quiet, strokeDasharray: '4,4' }),
      Plot.lineY(points, { x: 'drift', y: 'value', z: 'arm', stroke: 'stroke' }),
      Plot.ruleX(points, { x: 'drift', y1: 'low', y2: 'high', stroke: 'stroke', strokeWidth: 2 }),
      Plot.dot(points, { x: 'drift', y: 'value', r: 4, fill: 'stroke', title: 'title' }),
    ],
  })
}

const trialsTable = (studies: readonly Study[]): string =>
  table(
    ['study', 'setup', 'seed', 'rows', 'AUC', 'log loss', 'norm. entropy', 'calibration'],
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
    ['study', 'setup', 'compared with', 'AUC', 'log loss', 'norm. entropy'],
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
    text: 'Every setup serves each hour. The hour is scored against matured labels, and then trained on. All setups are scored on the same rows.',
  },
  {
    group: 'drift',
    title: 'Dose and response',
    text: 'The same setups in worlds whose tastes move more or less, with no new items.',
  },
  {
    group: 'absence',
    title: 'Forgetting',
    text: 'One hourly chain is regrown from each daily and full, the other never is. Users are grouped by how long they had been away; the world does not move.',
  },
  {
    group: 'movielens',
    title: 'MovieLens by time',
    text: 'Real ratings. A like is four stars or more.',
  },
  {
    group: 'young-labels',
    title: 'Young labels',
    text: 'Hourly chains that differ only in how they treat outcomes that have not come yet. “matured” sees labels from the future.',
  },
  {
    group: 'held-out',
    title: 'Held-out days, as sampled and as served',
    text: 'One full scores days that it was not trained on: with the features of samples, and with those that the reader made of online rows at each request.',
  },
  {
    group: 'features',
    title: 'Features, one group at a time',
    text: 'Each setup adds a group of features, and is compared with the setup before it.',
  },
  {
    group: 'models',
    title: 'Kinds of models',
    text: 'The same features and rows.',
  },
  {
    group: 'choices',
    title: 'Choices that were not made',
    text: 'Other settings and features, on days before the held-out ones.',
  },
]

/** Each note once, with the names of its studies. If all studies share one note, without names. */
function notesOf(studies: readonly Study[]): string {
  const notes = [...new Set(studies.map(({ note }) => note))]
  const studiesWith = (note: string): string =>
    studies
      .filter((study) => study.note === note)
      .map(({ name }) => name)
      .join(', ')
  const lines = notes.map((note) => (notes.length === 1 ? note : `${studiesWith(note)}: ${note}`))
  return `<p class="quiet">${lines.map((line) => escapeHtml(`${line}.`)).join('<br>')}</p>`
}

function figuresOf(group: Study['group'], studies: readonly Study[]): string {
  if (group === 'drift') return drawDose(studies)
  // Studies with outcomes after a minute and after hours differ too much for one scale.
  if (group === 'young-labels') return studies.map((study) => drawGains([study])).join('')
  return drawGains(studies)
}

/** A section of a page with the results of `npm run fresh`, at the given heading level. Pure. */
export function drawFresh({ studies, bootstrap }: FreshResult, heading = 'h3'): string {
  const percent = `${(100 * bootstrap.confidence).toFixed(0)} %`
  const sections = SECTIONS.flatMap(({ group, title, text }) => {
    const measured = studies.filter((study) => study.group === group)
    if (measured.length === 0) return []
    return [
      `<${heading}>${title}</${heading}><p>${text}</p>`,
      notesOf(measured),
      figuresOf(group, measured),
      differencesTable(measured),
      `<details><summary>Every trial</summary>${trialsTable(measured)}</details>`,
    ]
  })
  const colours = legend([
    ['full', COLOURS.full],
    ['full + daily', COLOURS.daily],
    ['full + daily + hourly', COLOURS.hourly],
  ])
  return `<p>Differences are means over trials, with paired ${percent} bootstrap intervals. Each resample draws whole users within each trial.</p>${colours}${sections.join('')}`
}

/** The section as a page of its own, without scripts or requests. */
export const renderFreshPage = (result: FreshResult): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quartermaster: what freshness pays</title><style>${STYLE}</style></head><body><main>
<h1>What freshness pays</h1>
${drawFresh(result, 'h2')}
</main></body></html>
`
