import { sumReasons } from '../../../functions/closing/drop-sums.ts'
import { parseRawKey } from '../../../functions/contract/keys.ts'
import { DAY_MS, floorDay } from '../../../functions/contract/time.ts'
import type { ObjectStore } from '../../../functions/core/objects.ts'
import { drawClosedDays } from '../../../functions/report/balances.ts'
import { collectFindings } from '../../../functions/report/collect.ts'
import type { Findings, Version } from '../../../functions/report/findings.ts'
import { drawFreshness } from '../../../functions/report/freshness.ts'
import { drawLineage } from '../../../functions/report/lineage.ts'
import { drawQuality } from '../../../functions/report/quality.ts'
import { servedSpans } from '../../../functions/report/served.ts'
import type { Cloud } from '../../local/cloud.ts'

/** Data of the lake and the registry for the page. Figures are SVG markup. */
export interface Shown {
  totals: { drops: number; read: number; accepted: number; quarantined: number; kept: number }
  drops: {
    arrivalMs: number
    kind: string | null
    name: string
    read: number
    accepted: number
    quarantined: Record<string, number>
    refused: string | null
  }[]
  served: { version: string; sequence: number; dataThroughMs: number | null } | null
  /** The newest data that each step has read. Null before the first. */
  freshness: { what: string; throughMs: number | null; version: string | null }[]
  releases: {
    timeMs: number
    tier: string
    kind: string
    version: string | null
    reason: string
  }[]
  lineage: string
  quality: string
  /** Age of the newest served data by tier, over time. */
  ages: string
  days: string
}

/** The result of one read of the accounts and the registry. */
export interface Look {
  /** Virtual time up to which the data is complete. */
  atMs: number
  findings: Findings
  shown: Shown
}

const SHOWN = 25
/** The page shows recent drops. The report has older ones. */
const DROP_DAYS = 7
const CLOSED_DAYS = 14
const TIERS = ['hourly', 'daily', 'full'] as const
/** After a read, the page waits this many times as long as the read took. */
const REST = 4
const LEAST_REST_MS = 1500
const REMEMBERED = 20_000

const newest = (times: readonly number[]): number | null =>
  times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : null
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

/** Manifests and accounts are written once, so they can be cached. The oldest entries are dropped. */
function cacheReads(store: ObjectStore): ObjectStore {
  const known = new Map<string, Uint8Array>()
  return {
    ...store,
    async get(key) {
      const found = known.get(key) ?? (await store.get(key))
      known.set(key, found)
      if (known.size > REMEMBERED) known.delete(known.keys().next().value!)
      return found
    },
  }
}

function freshnessOf({ drops, dataThroughMs, versions }: Findings): Shown['freshness'] {
  const tiers = TIERS.map((tier) => {
    const accepted = versions.filter((each) => each.tier === tier && each.status === 'accepted')
    const last = accepted.reduce<Version | null>(
      (best, each) => (best && best.dataThroughMs >= each.dataThroughMs ? best : each),
      null,
    )
    return {
      what: tier,
      throughMs: last?.dataThroughMs ?? null,
      version: last?.version ?? null,
    }
  })
  const arrivals = drops.filter(({ kind }) => kind === 'events').map(({ arrivalMs }) => arrivalMs)
  return [
    { what: 'drops', throughMs: newest(arrivals), version: null },
    { what: 'closed hours', throughMs: dataThroughMs, version: null },
    ...tiers,
  ]
}

function show(findings: Findings, scene: string, nowMs: number): Shown {
  const { drops, hours, versions, releases } = findings
  const current = findings.current[scene] ?? null
  const served = versions.find(({ version }) => version === current?.version)
  const spans = servedSpans(versions, releases)
  const newestFirst = [...drops].sort((a, b) => b.arrivalMs - a.arrivalMs)
  return {
    totals: {
      drops: drops.length,
      read: sum(drops.map(({ read }) => read)),
      accepted: sum(drops.map(({ accepted }) => accepted)),
      quarantined: sum(Object.values(sumReasons(drops.map(({ quarantined }) => quarantined)))),
      kept: sum(hours.map(({ kept }) => kept)),
    },
    drops: newestFirst
      .slice(0, SHOWN)
      .map(({ arrivalMs, kind, rawKey, read, accepted, quarantined, refused }) => ({
        arrivalMs,
        kind,
        name: parseRawKey(rawKey)?.name ?? rawKey,
        read,
        accepted,
        quarantined,
        refused: refused?.detail ?? null,
      })),
    served: current && { ...current, dataThroughMs: served?.dataThroughMs ?? null },
    freshness: freshnessOf(findings),
    releases: releases
      .slice(-SHOWN)
      .reverse()
      .map(({ timeMs, tier, kind, version, reason }) => ({ timeMs, tier, kind, version, reason })),
    lineage: versions.length > 0 ? drawLineage(versions, releases) : '',
    quality: versions.length > 0 ? drawQuality(versions) : '',
    ages: spans.length > 0 ? drawFreshness(spans, nowMs) : '',
    days: hours.length > 0 ? drawClosedDays(hours) : '',
  }
}

/** Reads again after a stage has worked. Returns null if nothing changed. */
export function createFindingsWatch(cloud: Cloud, scene: string) {
  const { registry, online } = cloud
  const stores = {
    registry,
    online,
    lake: cacheReads(cloud.lake),
    models: cacheReads(cloud.models),
  }
  let last: Look | null = null
  let seen = -1
  let nextMs = 0
  let isLooking = false

  async function look(): Promise<Look> {
    const atMs = cloud.clock.now()
    const day = floorDay(atMs)
    const findings = await collectFindings(stores, [scene], {
      dropsMs: Math.max(0, day - DROP_DAYS * DAY_MS),
      hoursMs: Math.max(0, day - CLOSED_DAYS * DAY_MS),
    })
    return { atMs, findings, shown: show(findings, scene, atMs) }
  }
  const countCalls = (): number =>
    sum(Object.values(cloud.usage.stages()).map(({ invocations }) => invocations))
  return {
    /** The last result. It is valid now if no stage has worked since. */
    last: (): Look | null =>
      last && seen === countCalls() ? { ...last, atMs: cloud.clock.now() } : last,
    async refresh(): Promise<Look | null> {
      const worked = countCalls()
      if (isLooking || worked === seen || performance.now() < nextMs) return null
      isLooking = true
      const beganMs = performance.now()
      try {
        last = await look()
        seen = worked
        return last
      } catch (error) {
        process.stderr.write(
          `the live page cannot be updated and keeps its last state: ${(error as Error).message}\n`,
        )
        return null
      } finally {
        isLooking = false
        nextMs = performance.now() + Math.max(LEAST_REST_MS, REST * (performance.now() - beganMs))
      }
    },
  }
}
