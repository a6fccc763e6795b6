import { z } from 'zod'

const count = z.number().int().min(0)
const byReason = z.record(z.string(), count)

/** What cheats took from an interval: by the rules of closing, and by verdicts. */
export const removedSchema = z.object({
  /** Accepted events of the interval's hours without duplicates, and those that rules excluded. */
  events: count,
  rules: byReason,
  /** Impressions of its sets, and those that verdicts excluded. */
  impressions: count,
  verdicts: byReason,
})
export type Removed = z.infer<typeof removedSchema>
