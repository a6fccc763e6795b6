import type { ContextNeed } from '../../../functions/contract/feature-checks.ts'
import type { FormatName } from '../replay/formats.ts'

/** A count, and whether it is exact: past the bound of memory it is estimated from a sample of keys. */
export interface Count {
  count: number
  isExact: boolean
}

interface Example {
  file: string
  line: number | null
  byteOffset: number
  detail: string
  /** The record with every letter and digit masked that is not the format's own. */
  excerpt: string
}

export interface TierVerdict {
  tier: 'full' | 'daily' | 'hourly'
  isEnough: boolean
  says: string
}

/** What logs are like, as one reading of them shows. Times are epoch milliseconds, UTC. */
export interface Profile {
  path: string
  format: FormatName
  scene: string
  files: { name: string; kind: string; lines: number }[]
  /** Files that intake would refuse whole: nothing of them was read. */
  refused: { file: string; reason: string; detail: string }[]
  /** As intake accounts for them: read = accepted + Σ quarantined. */
  read: number
  accepted: number
  quarantined: Record<string, { count: number; examples: Example[] }>
  /** Fields that accepted records lose, by reason. */
  warnings: Record<string, { count: number; examples: Example[] }>
  events: { impressions: number; outcomes: Record<string, number> }
  /** Statements about the catalogue, in its own files and in event logs. */
  statements: { items: number; users: number; documents: number }
  time: {
    firstMs: number | null
    lastMs: number | null
    hoursWithEvents: number
    hours: number
    /** Runs of six or more hours without an event; the longest of them, in order of length. */
    gaps: number
    longestGaps: { fromMs: number; throughMs: number }[]
  }
  lines: {
    timed: number
    /** Earlier than the line before it in its file. */
    outOfOrder: number
    /** The same bytes as an earlier line. */
    duplicates: Count
    declaredBots: number
  }
  clocks: {
    future: number
    /** Before 1973 as milliseconds: unset, or seconds taken for milliseconds. */
    epoch: number
    /** Times in a finer unit than milliseconds. They count as none of the future. */
    finer: { microseconds: number; nanoseconds: number }
    /** The minute of the hour, and the time of day, that most lines share. */
    busiestMinute: { minute: number; share: number }
    midnightShare: number
  }
  ids: {
    /** Events whose id, or content where they have none, came before. */
    repeated: Count
    requests: Count
    oneItemRequests: Count
    withoutRequest: number
  }
  positionsMissing: number
  propensitiesMissing: number
  /** Of the scene's objective: outcomes without an impression in the attribution window before them. */
  objective: { outcomes: number; orphaned: Count; positives: Count }
  /** Where the log has no impressions: negatives that are drawn for each of these outcomes. */
  negativesPerPositive: number | null
  /** Events whose item or user the catalogue does not know; null where there is none. */
  unknown: { items: Count | null; users: Count | null }
  /** Events of the item and of the user that has the most. */
  most: { item: number; user: number }
  /** `<kind>.<field>` that no feature reads, and features whose field no record has. */
  fields: {
    unread: string[]
    unfilled: { feature: string; source: string }[]
    /** What features need of the context of events: how many events there are, and how many have it. */
    needs: (ContextNeed & { filled: number; events: number })[]
  }
  /** What records say they are, where nothing knows it: their first values by count. */
  unknownKinds: Record<string, number>
  tiers: TierVerdict[]
  /** Impressions older than what a full training at the end of the log looks back over. */
  beyondLookback: number
}
