import { z } from 'zod'
import type { Columns } from './rows.ts'
import { snapshotSegmentSchema } from './search-index.ts'

/**
 * Objects of a full build that is cut into parts, under `build/` of its generation. `rebuild-index` writes the plan
 * and each part's files; `index-part` writes what it made of them; `rebuild-index` adopts that.
 */

/** `plan.json`: the digest of each part's list of files. The first plan of a generation stands. */
export const buildPlanSchema = z.object({ parts: z.array(z.string()) })
export type BuildPlan = z.infer<typeof buildPlanSchema>

/** Keys of clean files. */
export const partFilesSchema = z.object({ files: z.array(z.string()) })

/** A query by the own words of a document, at this version of it. */
const sampledProbeSchema = z.object({
  query: z.string(),
  id: z.string(),
  knowableMs: z.number().int(),
  drop: z.string(),
  row: z.number().int(),
})
export type SampledProbe = z.infer<typeof sampledProbeSchema>

/** Written last: a part without it is not done. */
export const builtPartSchema = z.object({
  segments: z.array(snapshotSegmentSchema),
  /** The latest arrival among its drops. */
  throughMs: z.number().int(),
  probes: z.array(sampledProbeSchema),
})
export type BuiltPart = z.infer<typeof builtPartSchema>

/** The newest version of each document of a part. */
export const PART_VERSION_COLUMNS = {
  id: 'string',
  knowableMs: 'time',
  drop: 'string',
  row: 'int',
  isGone: 'boolean',
} as const satisfies Columns
