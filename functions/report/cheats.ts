import { z } from 'zod'
import { sumReasons } from '../closing/drop-sums.ts'
import { anticheatOf } from '../contract/anticheat.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, floorDay } from '../contract/time.ts'
import type { VerdictHour, VerdictReport } from '../contract/verdict-report.ts'
import {
  parseVerdictManifestKey,
  verdictManifestKey,
  verdictManifestSchema,
  verdictsPrefix,
} from '../contract/verdicts.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { rateRatio } from '../math/rate-ratio.ts'
import { type Cell, escapeHtml, table } from './document.ts'
import type { Findings } from './findings.ts'
import { formatDay, formatInstant, formatNumber, formatShare } from './format.ts'

/** Snapshots of the table of screenings. */
const LAST_SNAPSHOTS = 14
/** Days of the table of shares. */
const LAST_DAYS = 14

const cheatsSchema = z.array(verdictManifestSchema)
type Manifest = z.infer<typeof verdictManifestSchema>
type Screened = Manifest & { report: VerdictReport }

/** The manifests of the last snapshots of a scene, oldest first. Only the newest keeps its hours. */
export async function collectCheats(lake: ObjectStore, scene: string): Promise<Manifest[]> {
  const listed = await lake.list(verdictsPrefix(scene))
  const names = listed.flatMap(({ key }) => parseVerdictManifestKey(key) ?? [])
  const manifests = await readEach(names.slice(-LAST_SNAPSHOTS), (name) =>
    getJson(lake, verdictManifestKey(name), verdictManifestSchema),
  )
  const newest = manifests.findLast(({ report }) => report !== undefined)
  return manifests.map((one) =>
    one === newest || !one.report
      ? one
      : { ...one, report: { ...one.report, hours: [], topItems: [] } },
  )
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
const share = (part: number, whole: number): string | null =>
  whole > 0 ? formatShare(part / whole) : null

/** One day: what rules took of its accepted events, and verdicts of its kept ones. */
function dayRow(
  dayMs: number,
  closed: Findings['hours'],
  screened: readonly VerdictHour[],
  reasons: readonly string[],
  rules: readonly string[],
): Cell[] {
  const isOfDay = ({ hourMs }: { hourMs: number }): boolean => floorDay(hourMs) === dayMs
  const own = closed.filter(isOfDay)
  const accepted = own.reduce((rows, hour) => rows + hour.accepted - hour.duplicates, 0)
  const excluded = sumReasons(own.map((hour) => hour.excluded))
  const hours = screened.filter(isOfDay)
  const kept = hours.reduce((rows, { events }) => rows + events, 0)
  const removed = sumReasons(hours.map((hour) => hour.excluded))
  const weighed = sum(sumReasons(hours.map((hour) => hour.weighed)))
  return [
    formatDay(dayMs),
    accepted,
    ...rules.map((rule) => share(excluded[rule] ?? 0, accepted)),
    ...reasons.map((reason) => share(removed[reason] ?? 0, kept)),
    share(weighed, kept),
  ]
}

function drawDays(closed: Findings['hours'], screened: readonly VerdictHour[]): string {
  const days = [...closed, ...screened].map(({ hourMs }) => floorDay(hourMs))
  const lastMs = days.reduce((last, dayMs) => Math.max(last, dayMs), 0)
  const shown = [...new Set(days)]
    .filter((dayMs) => dayMs > lastMs - LAST_DAYS * DAY_MS)
    .sort((a, b) => a - b)
  if (shown.length === 0) return ''
  const rules = Object.keys(sumReasons(closed.map(({ excluded }) => excluded))).sort()
  const reasons = Object.keys(sumReasons(screened.map(({ excluded }) => excluded))).sort()
  return `<h3>Share removed by day</h3>
<p class="quiet">Rules of closing take from accepted events, verdicts from the events that rules kept. A weighed event counts less in training.</p>
${table(
  ['day', 'accepted', ...rules.map((rule) => `rule ${rule}`), ...reasons, 'weighed'],
  shown.map((dayMs) => dayRow(dayMs, closed, screened, reasons, rules)),
)}`
}

const drawDetectors = ({ detectors }: VerdictReport): string =>
  Object.keys(detectors).length === 0
    ? ''
    : `<h3>Detectors</h3>
${table(
  ['detector', 'findings', 'events in findings', 'verdicts that name it'],
  Object.entries(detectors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { findings, events, verdicts }]) => [name, findings, events, verdicts]),
)}`

const drawScreenings = (manifests: readonly Manifest[]): string =>
  `<h3>Screenings</h3>
${table(
  ['made', 'verdicts', 'new', 'renewed', 'expired', 'cleared by an operator'],
  manifests.map(({ madeMs, verdicts, report }) => {
    const { found, renewed, expired, cleared } = report?.changes ?? {}
    const changes = [found, renewed, expired, cleared].map((count) => count ?? null)
    return [formatInstant(madeMs), verdicts, ...changes]
  }),
)}`

const holdbackText = (holdback: NonNullable<VerdictReport['holdback']>): string => {
  const { verdicts, impressions, clicks, otherImpressions, otherClicks } = holdback
  const rate = share(clicks, impressions) ?? 'no impressions'
  const others = share(otherClicks, otherImpressions) ?? 'no impressions'
  const ratio = rateRatio(
    { count: clicks, of: impressions },
    { count: otherClicks, of: otherImpressions },
  )
  const times = ratio
    ? `: ${ratio.value.toFixed(2)} times (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`
    : ''
  return `${formatNumber(verdicts)} verdicts: ${rate} of their impressions are clicked, ${others} of all others${times}`
}

/** Mean numbers of one redraw, over the redraws of several screenings. */
function poolRedraws(manifests: readonly Manifest[]): VerdictReport['redraws'] {
  const all = manifests.flatMap(({ report }) => report?.redraws ?? [])
  const runs = all.reduce((total, one) => total + one.runs, 0)
  const mean = (name: 'findings' | 'events'): number =>
    runs > 0 ? all.reduce((total, one) => total + one[name] * one.runs, 0) / runs : 0
  const drawn = all.reduce((total, one) => total + one.drawn, 0)
  return { runs, drawn, findings: mean('findings'), events: mean('events') }
}

/** How sure the verdicts are, measured without labels. A figure that was not measured says so. */
function drawPrecision(
  { recall, holdback, honeypots, detectors }: VerdictReport,
  redraws: VerdictReport['redraws'],
): string {
  const findings = Object.values(detectors).reduce((all, one) => all + one.findings, 0)
  const none = 'not measured'
  const falseFindings =
    redraws.runs === 0
      ? none
      : `${redraws.findings.toFixed(1)} of ${formatNumber(findings)} (${redraws.runs} redraws of ${formatNumber(Math.round(redraws.drawn / redraws.runs))} events)`
  const rows: [string, string, string][] = [
    [
      'estimated recall',
      recall === null
        ? none
        : `${formatShare(recall.estimate)} (${formatShare(recall.low)} to ${formatShare(recall.high)})`,
      recall === null
        ? 'capture and recapture: too few users are found by two kinds of evidence'
        : 'capture and recapture: how many users two kinds of evidence both found',
    ],
    [
      'expected false findings',
      falseFindings,
      'what the detectors find in one redraw of honest outcomes, on average over the last screenings',
    ],
    [
      'holdback',
      holdback === null ? 'no verdict is held back' : holdbackText(holdback),
      'verdicts that a hash holds back: the closer the two rates, the more honest users among them',
    ],
    [
      'honeypots',
      honeypots === null
        ? 'the scene names no such item'
        : `${formatNumber(honeypots.events)} events of ${formatNumber(honeypots.users)} users on ${formatNumber(honeypots.items)} items`,
      'items that no person is shown',
    ],
  ]
  return `<h3>How sure the verdicts are</h3>\n${table(['figure', 'value', 'from'], rows)}`
}

const drawTopItems = ({ topItems }: VerdictReport): string =>
  topItems.length === 0
    ? ''
    : `<h3>Top items before and after</h3>
<p class="quiet">Items with the most outcomes of the window. After: without excluded outcomes, and the place that the item then has among these items.</p>
${table(
  ['item', 'outcomes', 'after', 'removed', 'place before', 'place after'],
  topItems.map(({ item, before, after }, n) => [
    item,
    before,
    after,
    share(before - after, before),
    n + 1,
    1 + topItems.filter((other) => other.after > after).length,
  ]),
)}`

function drawScene(
  scene: string,
  manifests: readonly Manifest[],
  closed: Findings['hours'],
  configuration: Scene | undefined,
): string {
  const name = escapeHtml(scene)
  const isOff = configuration && anticheatOf(configuration).screening === 'off'
  if (isOff)
    return `<p class="bad">${name}: the configuration switches screening off. Training uses no verdicts.</p>\n${drawDays(closed, [])}`
  const newest = manifests.findLast((one): one is Screened => one.report !== undefined)
  if (!newest)
    return `<p>${name}: no screening was made yet. Dailies and fulls wait for one.</p>\n${drawDays(closed, [])}`
  const { report, screenedFromMs, screenedThroughMs, verdicts } = newest
  const actions = Object.entries(report.actions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, count]) => `${formatNumber(count)} ${escapeHtml(action)}`)
  return [
    `<p>${name}: events from ${formatInstant(screenedFromMs)} through ${formatInstant(screenedThroughMs)} are screened; ${formatNumber(verdicts)} verdicts hold${actions.length > 0 ? ` (${actions.join(', ')})` : ''}.</p>`,
    drawDays(closed, report.hours),
    drawDetectors(report),
    drawPrecision(report, poolRedraws(manifests)),
    drawTopItems(report),
    drawScreenings(manifests),
  ].join('\n')
}

/** The section of each scene. Empty if no scene has closed hours or verdicts. */
export function drawCheats(
  byScene: Readonly<Record<string, unknown>>,
  findings: Pick<Findings, 'hours'>,
  configurations: readonly Scene[] = [],
): string {
  return Object.entries(byScene)
    .map(([scene, stored]) => {
      const manifests = cheatsSchema.parse(stored)
      const closed = findings.hours.filter((hour) => hour.scene === scene)
      if (manifests.length === 0 && closed.length === 0) return ''
      const configuration = configurations.find((one) => one.scene === scene)
      return drawScene(scene, manifests, closed, configuration)
    })
    .join('')
}
