import { z } from 'zod'

/** What a screening reports beside its verdicts, in the manifest of the snapshot. */

const count = z.number().int().min(0)
const byReason = z.record(z.string(), count)
const timeMs = z.number().int()

/** Kept events of one event hour, and how many of them verdicts exclude or weigh, by reason. */
const verdictHourSchema = z.object({
  hourMs: timeMs,
  events: count,
  excluded: byReason,
  weighed: byReason,
  /** The drop with the most excluded events of the hour. Absent if none is excluded. */
  drop: z.object({ drop: z.string(), events: count }).optional(),
})
export type VerdictHour = z.infer<typeof verdictHourSchema>

const shareSchema = z.object({ estimate: z.number(), low: z.number(), high: z.number() })

/** What detectors find in outcomes that are drawn again, where nobody cheats by clicks. */
const redrawsSchema = z.object({
  /** The number of redraws, and all events in them. */
  runs: count,
  drawn: count,
  /** Means of one redraw: findings, and events that they cover. */
  findings: z.number().min(0),
  events: z.number().min(0),
})
export type Redraws = z.infer<typeof redrawsSchema>

/** `findings/<scene>/…json` of one shard. */
export const shardAccountSchema = z.object({ events: count, redraws: redrawsSchema })
export type ShardAccount = z.infer<typeof shardAccountSchema>

export const verdictReportSchema = z.object({
  /** The hours of the screening's window that have events, in ascending order. */
  hours: z.array(verdictHourSchema),
  /** What each detector found in this screening, and the verdicts that rest on it. */
  detectors: z.record(z.string(), z.object({ findings: count, verdicts: count, events: count })),
  /** Verdicts by action. */
  actions: z.record(z.string(), count),
  /** Verdicts that are new, that a finding renewed, that ended, and that an operator cleared. */
  changes: z.object({ found: count, renewed: count, expired: count, cleared: count }),
  /**
   * Estimated share of the cheating users that the screening found, by capture and recapture of
   * independent detectors. Null: too few users were found by two of them.
   */
  recall: shareSchema.nullable(),
  /** What detectors find in outcomes that are drawn again. */
  redraws: redrawsSchema,
  /**
   * Verdicts on users that are held back by a hash and not applied: impressions and outcomes that they
   * cover, beside those that no verdict on a user covers. Null: the scene holds none back.
   */
  holdback: z
    .object({
      verdicts: count,
      impressions: count,
      clicks: count,
      otherImpressions: count,
      otherClicks: count,
    })
    .nullable(),
  /** Events on items that no person is shown. Null: the scene names no such item. */
  honeypots: z.object({ items: count, events: count, users: count }).nullable(),
  /** Items with the most outcomes of the window, and those outcomes without the excluded ones. */
  topItems: z.array(z.object({ item: z.string(), before: count, after: count })),
})
export type VerdictReport = z.infer<typeof verdictReportSchema>
