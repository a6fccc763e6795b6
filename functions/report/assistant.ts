import * as Plot from '@observablehq/plot'
import { z } from 'zod'
import { answerReportPrefix } from '../contract/keys.ts'
import {
  type AnswerCounts,
  type AnswerReport,
  answerReportSchema,
} from '../contract/preferences.ts'
import type { Scene } from '../contract/scene.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { COLOURS, draw, escapeHtml, legend, TIME_AXIS, table } from './document.ts'
import { formatDay, formatNumber, formatShare } from './format.ts'

/** The newest report of a scene's answers, as a list; none where the scene has no answers. */
export async function collectAnswers(lake: ObjectStore, scene: string): Promise<AnswerReport[]> {
  const newest = (await lake.list(answerReportPrefix(scene))).at(-1)
  return newest ? [await getJson(lake, newest.key, answerReportSchema)] : []
}

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)
const formatted = (part: number, whole: number): string | null =>
  whole > 0 ? formatShare(part / whole) : null

const SERIES: readonly {
  name: string
  colour: string
  shareOf: (counts: AnswerCounts) => number | null
}[] = [
  {
    name: 'a chunk that helped is among the first three',
    colour: COLOURS.full,
    shareOf: ({ helpedFirst, helped }) => share(helpedFirst, helped),
  },
  {
    name: 'accepted, of those that people judged',
    colour: COLOURS.accepted,
    shareOf: ({ accepted, rejected }) => share(accepted, accepted + rejected),
  },
]

/** Shares of answers by day; a table of them for readers who see no lines. */
function drawDays({ days }: AnswerReport): string {
  const points = SERIES.flatMap(({ name, colour, shareOf }) =>
    days.flatMap((day) => {
      const value = shareOf(day)
      const title = `${name}: ${value === null ? '' : formatShare(value)}\n${formatDay(day.dayMs)}`
      return value === null ? [] : [{ at: new Date(day.dayMs), value, name, colour, title }]
    }),
  )
  const head = ['day', 'answers', 'accepted', 'rejected', 'chunk that helped in the first three']
  const rows = days.map(({ dayMs, answers, accepted, rejected, helped, helpedFirst }) => [
    ...[formatDay(dayMs), answers, accepted, rejected, formatted(helpedFirst, helped)],
  ])
  if (days.length < 2) return table(head, rows)
  const options: Plot.PlotOptions = {
    height: 200,
    x: TIME_AXIS,
    y: { label: 'share', grid: true, domain: [0, 1] },
    marks: [
      Plot.lineY(points, { x: 'at', y: 'value', z: 'name', stroke: 'colour', strokeWidth: 2 }),
      Plot.dot(points, { x: 'at', y: 'value', r: 3, fill: 'colour', title: 'title' }),
    ],
  }
  return `${legend(SERIES.map(({ name, colour }) => [name, colour]))}
${draw('Lines by day: the share of answers where one of the first three chunks helped, and of accepted answers', options)}
${table(head, rows)}`
}

/** Releases are numbers in the order of their flips; a log may have other names. */
const byNumber = new Intl.Collator('en', { numeric: true })
const SHOWN_RELEASES = 30

const drawReleases = ({ releases }: AnswerReport): string =>
  table(
    ['release', 'answers', 'accepted', 'rejected', 'accepted, of those judged'],
    releases
      .toSorted((a, b) => byNumber.compare(a.release ?? '', b.release ?? ''))
      .slice(-SHOWN_RELEASES)
      .map(({ release, answers, accepted, rejected }) => [
        ...[release ?? 'none logged', answers, accepted, rejected],
        formatted(accepted, accepted + rejected),
      ]),
  )

function drawUnmet({ unmet }: AnswerReport): string {
  const { turns, rare, prompts } = unmet
  if (turns === 0) return '<p class="quiet">No question had all its answers rejected.</p>'
  const named = prompts.map(({ prompt, turns: count, users }) => [prompt, count, users])
  return `<p>${formatNumber(turns)} questions had all their answers rejected; ${formatNumber(rare)} of them are of fewer than five people and are not named.</p>
${named.length === 0 ? '' : table(['question', 'times', 'people'], named)}`
}

function drawSamples({ samples, personalData, expiredDays }: AnswerReport): string {
  const rows = Object.entries(samples).map(([kind, account]) => [
    ...[kind, account.turns, account.train, account.validation, account.excluded],
    ...[account.undecided, account.betweenSplits, account.nearDuplicates],
    account.beyondTheBound,
  ])
  const finds = Object.entries(personalData)
    .filter(([, count]) => count > 0)
    .map(([rule, count]) => `${formatNumber(count)} × ${rule}`)
  return `${table(
    [
      ...['kind', 'turns', 'trained on', 'validated on', 'excluded', 'undecided'],
      ...['between splits', 'near-duplicates', 'too old'],
    ],
    rows,
  )}
<p class="quiet">Turns are those of all days${expiredDays > 0 ? ` but ${formatNumber(expiredDays)}, whose rows have expired` : ''}. Each is in one of the columns after it; those that are too old are beyond the newest that files for trainers hold. Personal data that was replaced: ${finds.length === 0 ? 'none' : escapeHtml(finds.join(', '))}.</p>`
}

const drawReport = (
  report: AnswerReport,
): string => `<p>${escapeHtml(report.scene)}: answers from ${formatDay(report.fromMs)} to ${formatDay(report.throughMs - 1)}. An answer is accepted or rejected by what its outcomes say together; of most answers people say nothing.</p>
<h3>Answers by release</h3>
${drawReleases(report)}
<h3>Retrieval and acceptance by day</h3>
${drawDays(report)}
<h3>What people asked that found nothing</h3>
${drawUnmet(report)}
<h3>Samples to train generators with</h3>
${drawSamples(report)}`

const NOT_YET =
  'No day of answers has been judged yet. The first is judged once all its hours are closed.'

/** The section of all scenes with answers. Throws ZodError for a summary that holds none of these reports. */
export function drawAnswers(
  byScene: Readonly<Record<string, unknown>>,
  configurations: readonly Scene[] = [],
): string {
  const reports = Object.values(byScene).flatMap((own) => z.array(answerReportSchema).parse(own))
  if (reports.length > 0) return reports.map(drawReport).join('\n')
  return configurations.some(({ preferences }) => preferences)
    ? `<p class="quiet">${NOT_YET}</p>`
    : ''
}
