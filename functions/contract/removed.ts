import { z } from 'zod'

const count = z.number().int().min(0)
const byReason = z.record(z.string(), count)

/** Users of an hour, and by reason those of whom an event was excluded. Sums count a user once an hour. */
export const userCountsSchema = z.object({ all: count, excluded: byReason })
export type UserCounts = z.infer<typeof userCountsSchema>

/**
 * What cheats took from an interval, in users an hour: one busy script is one of many users, however
 * many events it makes.
 */
export const removedSchema = z.object({
  /** By the rules of closing. */
  rules: userCountsSchema,
  /** By verdicts, of the users with impressions. */
  verdicts: userCountsSchema,
})
export type Removed = z.infer<typeof removedSchema>
