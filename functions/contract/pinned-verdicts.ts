import { z } from 'zod'

/** A snapshot of verdicts by its file, as a plan pins it. */
export const pinnedVerdictsSchema = z.object({
  key: z.string(),
  /** SHA-256 of the file. */
  digest: z.string(),
})
export type PinnedVerdicts = z.infer<typeof pinnedVerdictsSchema>
