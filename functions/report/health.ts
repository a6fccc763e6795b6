import { sumReasons } from '../closing/drop-sums.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../contract/time.ts'
import { TIERS, type Tier } from '../contract/training.ts'
import {
  type Concern,
  checkProcess,
  checkRefused,
  type ProcessContext,
  plural,
} from './concerns.ts'
import { escapeHtml } from './document.ts'
import type { Decision, Findings } from './findings.ts'
import { formatDuration, formatInstant, formatShare, formatText } from './format.ts'
import { servedSpans } from './served.ts'

/** Whether all is well, in one sentence, and what needs a look. */
export interface Health {
  tone: 'good' | 'waiting' | 'bad'
  sentence: string
  concerns: Concern[]
}

/** Facts besides the findings. */
export interface HealthContext extends ProcessContext {
  /** Null after a replay: its logs have ended, so silence means nothing. */
  nowMs: number | null
  configurations: readonly Scene[]
}

/**
 * Consecutive refusals of one tier that need a look. A refused hour joins the next one; a refused
 * day is lost work.
 */
const REFUSALS_IN_A_ROW: Record<Tier, number> = { hourly: 3, daily: 1, full: 1 }
/** Older events are history. */
const RECENT_MS = DAY_MS
/**
 * Silence that needs a look, for a producer that drops every hour, and for one that drops every
 * day.
 */
const SILENCE_HOURS = { hourly: 3, daily: 27 }

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

interface Run {
  tier: string
  timeMs: number
  result: 'accepted' | 'refused' | 'failed' | 'skipped'
  reason: string
}

const RESULTS: Partial<Record<Decision['kind'], Run['result']>> = {
  flip: 'accepted',
  canary: 'accepted',
  refusal: 'refused',
  failure: 'failed',
  skip: 'skipped',
}

/**
 * The result of each run. An accepted daily waits for its trial, so its version shows the result
 * and no decision does.
 */
function listRuns({ releases, versions }: Findings): Run[] {
  const decided = releases.flatMap(({ tier, timeMs, kind, reason }) => {
    const result = (TIERS as readonly string[]).includes(tier) ? RESULTS[kind] : undefined
    return result ? [{ tier, timeMs, result, reason }] : []
  })
  const accepted = versions
    .filter(({ status }) => status === 'accepted')
    .map(({ tier, scheduledMs, reason }) => ({
      tier,
      timeMs: scheduledMs,
      result: 'accepted' as const,
      reason,
    }))
  return [...decided, ...accepted].sort((a, b) => a.timeMs - b.timeMs)
}

/**
 * Tiers whose last runs were all refused or failed. Champion and challenger of one hour count as
 * one run.
 */
function checkRefusals(runs: readonly Run[]): Concern[] {
  return TIERS.flatMap((tier) => {
    const own = runs.filter((run) => run.tier === tier && run.result !== 'skipped')
    const acceptedMs = own.findLast(({ result }) => result === 'accepted')?.timeMs ?? -1
    const refused = own.filter(({ timeMs }) => timeMs > acceptedMs)
    const count = new Set(refused.map(({ timeMs }) => floorHour(timeMs))).size
    if (count < REFUSALS_IN_A_ROW[tier]) return []
    const { result, reason } = refused.at(-1)!
    const which = count === 1 ? `the last ${tier} run was` : `the last ${count} ${tier} runs were`
    const how = refused.every((run) => run.result === result) ? result : 'refused or failed'
    return [{ text: `${which} ${how}: ${reason}`, anchor: 'turned-down' as const }]
  })
}

const subjectOf = ({ evidence, version, tier }: Decision): string =>
  typeof evidence['subject'] === 'string' ? evidence['subject'] : (version ?? tier)

/** Tiers and chains that an operator holds, and recent rollbacks and withdrawals. */
function checkInterventions(decisions: readonly Decision[], nowMs: number): Concern[] {
  const holds = new Map<string, Decision>()
  for (const decision of decisions) {
    if (decision.kind === 'hold') holds.set(subjectOf(decision), decision)
    if (decision.kind === 'thaw') holds.delete(subjectOf(decision))
  }
  const held = [...holds].map(([subject, { timeMs, reason }]) => {
    const what = (TIERS as readonly string[]).includes(subject)
      ? `the ${subject} tier`
      : `the chain on ${subject}`
    return `${what} is held since ${formatInstant(timeMs)}: ${reason}`
  })
  const takenBack = decisions
    .filter(({ timeMs }) => timeMs > nowMs - RECENT_MS)
    .flatMap(({ kind, timeMs, version, from, to, reason }) => {
      const at = formatInstant(timeMs)
      if (kind === 'rollback')
        return `release ${from ?? 'none'} was rolled back to ${to ?? 'none'} at ${at}: ${reason}`
      // describeServed reports a withdrawal after which nothing is served.
      if (kind === 'withdrawal' && to !== null)
        return `the challenger ${version} was withdrawn at ${at}: ${reason}`
      return []
    })
  return [...held, ...takenBack].map((text) => ({ text, anchor: 'decisions' }))
}

/** When events last arrived. Without drops, the end of the newest data. */
function newestEvents({ drops, hours, versions }: Findings): number {
  const arrivals = drops.filter(({ kind }) => kind === 'events').map(({ arrivalMs }) => arrivalMs)
  const times =
    arrivals.length > 0
      ? arrivals
      : [
          ...hours.map(({ hourMs }) => hourMs + HOUR_MS),
          ...versions.map(({ dataThroughMs }) => dataThroughMs),
        ]
  return times.reduce((a, b) => Math.max(a, b), 0)
}

/** Reports an event log that has stopped. Before the first event there is nothing to report. */
function checkSilence(findings: Findings, nowMs: number, { tiers }: Scene): Concern[] {
  const newestMs = newestEvents(findings)
  const hours = tiers.hourly
    ? SILENCE_HOURS.hourly + (tiers.hourly.quietHours ?? 0)
    : SILENCE_HOURS.daily
  if (newestMs === 0 || nowMs - newestMs <= hours * HOUR_MS) return []
  const since = `${formatDuration(nowMs - newestMs)}, since ${formatInstant(newestMs)}`
  return [{ text: `no events have arrived for ${since}`, anchor: 'quarantine' }]
}

/** Drops of the last day: those refused whole, and the share of records quarantined. */
function checkDrops(drops: Findings['drops'], nowMs: number, scene: Scene | undefined): Concern[] {
  const concerns: Concern[] = []
  const recent = drops.filter(({ arrivalMs }) => arrivalMs > nowMs - RECENT_MS)
  const refused = recent.filter((drop) => drop.refused !== null)
  const last = refused.reduce<(typeof refused)[number] | null>(
    (newest, drop) => (newest && newest.arrivalMs >= drop.arrivalMs ? newest : drop),
    null,
  )
  if (last)
    concerns.push({
      text: `${plural(refused.length, 'drop')} of the last day ${refused.length === 1 ? 'was' : 'were'} refused whole: ${last.refused!.detail}`,
      anchor: 'quarantine',
    })
  const read = sum(recent.map((drop) => drop.read))
  const reasons = Object.entries(sumReasons(recent.map(({ quarantined }) => quarantined)))
  const quarantined = sum(reasons.map(([, count]) => count))
  const limit = scene?.gates.maxInvalidShare ?? 1
  if (quarantined > limit * read) {
    const [worst] = reasons.sort(([, a], [, b]) => b - a)[0]!
    concerns.push({
      text: `${formatShare(quarantined / read)} of the ${plural(read, 'record')} of the last day were quarantined, more than ${formatShare(limit)}, most as ${worst}`,
      anchor: 'quarantine',
    })
  }
  return concerns
}

/** What is served, in one clause, and a concern if nothing is served although it should be. */
function describeServed(findings: Findings, scene: string): { text: string; concern?: Concern } {
  const current = findings.current[scene]
  if (current) {
    const span = servedSpans(findings.versions, findings.releases).at(-1)
    const since =
      span?.version.version === current.version && span.throughMs === null
        ? ` since ${formatInstant(span.fromMs)}`
        : ''
    return { text: `release ${current.sequence} (${current.version}) has been served${since}` }
  }
  const end = findings.releases.findLast(({ kind, to }) => kind === 'withdrawal' && to === null)
  if (!end) return { text: 'nothing has been released yet' }
  const text = `nothing is served: release ${end.from} was withdrawn at ${formatInstant(end.timeMs)}`
  return { text, concern: { text: `${text}: ${end.reason}`, anchor: 'decisions' } }
}

/** The reason is left out if a concern gives it. */
function describeLastRun(runs: readonly Run[], isReasonGiven: boolean): string {
  const last = runs.at(-1)
  if (!last) return 'no run has ended yet'
  const why = last.result === 'accepted' || isReasonGiven ? '' : ` (${last.reason})`
  return `the last ${last.tier} run was ${last.result}${why}`
}

/** The newest instant in the findings. */
function newestInstant({ drops, releases, dataThroughMs }: Findings): number {
  const times = [...drops.map(({ arrivalMs }) => arrivalMs), ...releases.map((d) => d.timeMs)]
  return times.reduce((a, b) => Math.max(a, b), dataThroughMs ?? 0)
}

function checkScene(findings: Findings, scene: string, context: HealthContext) {
  const nowMs = context.nowMs ?? newestInstant(findings)
  const runs = listRuns(findings)
  const served = describeServed(findings, scene)
  const configuration = context.configurations.find((known) => known.scene === scene)
  const concerns = [
    ...(served.concern ? [served.concern] : []),
    ...checkRefusals(runs),
    ...checkInterventions(findings.releases, nowMs),
    ...(configuration && context.nowMs !== null
      ? checkSilence(findings, context.nowMs, configuration)
      : []),
    ...checkDrops(findings.drops, nowMs, configuration),
    ...checkRefused(findings.sections['space']?.[scene], 'space'),
    ...checkRefused(findings.sections['graph']?.[scene], 'graph'),
  ]
  const isServed = (findings.current[scene] ?? null) !== null
  const lastRun = describeLastRun(runs, concerns.length > 0)
  const state = served.concern ? lastRun : `${served.text}; ${lastRun}`
  return { concerns, isServed, state }
}

const ofScene = (findings: Findings, scene: string): Findings => {
  const isOwn = (found: { scene: string }): boolean => found.scene === scene
  return {
    ...findings,
    drops: findings.drops.filter(isOwn),
    hours: findings.hours.filter(isOwn),
    versions: findings.versions.filter(isOwn),
    releases: findings.releases.filter(isOwn),
  }
}

const capitalize = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`

/**
 * Whether all is well with the scenes. Pure: the same findings and context give the same result.
 */
export function checkHealth(findings: Findings, context: HealthContext): Health {
  const isOne = findings.scenes.length === 1
  const checked = findings.scenes.map((scene) => {
    const found = checkScene(ofScene(findings, scene), scene, context)
    const name = isOne ? '' : `${scene}: `
    return {
      ...found,
      state: formatText(`${name}${found.state}`),
      concerns: found.concerns.map(({ text, anchor }) => ({
        text: formatText(`${name}${text}`),
        anchor,
      })),
    }
  })
  const concerns = [...checked.flatMap((scene) => scene.concerns), ...checkProcess(context)]
  const state = checked.map((scene) => scene.state).join('; ')
  if (concerns.length > 0) {
    const count = concerns.length === 1 ? '1 thing needs' : `${concerns.length} things need`
    return { tone: 'bad', sentence: `${count} a look; ${state}.`, concerns }
  }
  if (checked.every(({ isServed }) => isServed))
    return { tone: 'good', sentence: `All is well: ${state}.`, concerns }
  return { tone: 'waiting', sentence: `${capitalize(state)}.`, concerns }
}

/** The first lines of a page: the sentence, and a link for each concern. */
export function drawHealth({ tone, sentence, concerns }: Health): string {
  const links = concerns.map(
    ({ text, anchor }) => `<li><a href="#${anchor}">${escapeHtml(capitalize(text))}</a></li>`,
  )
  const list = links.length > 0 ? `<ul>${links.join('')}</ul>` : ''
  return `<div class="health ${tone}"><p>${escapeHtml(sentence)}</p>${list}</div>`
}
