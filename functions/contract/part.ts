import { z } from 'zod'

/** The parts that there are: names in a release's map. Readers ignore names that they do not know. */
export const MODEL_PART = 'model'
export const VALUES_PART = 'values'
export const SEARCH_PART = 'search'
export const SPACE_PART = 'space'
export const VECTOR_INDEX_PART = 'vector-index'
export const LISTS_PART = 'recall-lists'
export const GRAPH_PART = 'graph'

/** An object of the models bucket, or rows of the online table; a later part may be of another kind. */
export const OBJECT_KIND = 'object'
export const ROWS_KIND = 'rows'

const digestSchema = z.string()
export const partSchema = z.object({
  /** `object`: its key. `rows`: what the `pk` of each row begins with. */
  key: z.string(),
  /** Null where values advance in place: there are no bytes to pin. */
  sha256: digestSchema.nullable(),
  kind: z.string(),
  /** What its content means: a model's version, the digest of the definitions of values. */
  generation: z.string(),
  /** The object that this one is a delta of, needed beside it. */
  base: z.object({ key: z.string(), sha256: digestSchema, generation: z.string() }).nullable(),
  /** Event time or closing that its content has seen. */
  throughMs: z.number().int(),
})
export type Part = z.infer<typeof partSchema>

export const partsSchema = z.record(z.string(), partSchema)
export type Parts = z.infer<typeof partsSchema>

/** What the `pk` of every online row of a scene begins with. */
export const onlineRowsPrefix = (scene: string): string => `${scene}#`

/** A release row as it was before parts had names: one model, one generation of values. */
interface FlatRelease {
  scene: string
  version: string
  modelKey: string
  modelSha256: string
  base: { version: string; modelKey: string; modelSha256: string } | null
  dataThroughMs: number
  featureGeneration: string
  countsThroughMs: number
}
const isFlat = (row: unknown): row is FlatRelease =>
  typeof row === 'object' && row !== null && 'modelKey' in row && !('parts' in row)

/** Turns a flat row into one with parts and leaves any other as it is; the schema judges both. */
export function nameParts(row: unknown): unknown {
  if (!isFlat(row)) return row
  const { modelKey, modelSha256, base, featureGeneration, countsThroughMs, ...release } = row
  const model: Part = {
    key: modelKey,
    sha256: modelSha256,
    kind: OBJECT_KIND,
    generation: release.version,
    base: base && { key: base.modelKey, sha256: base.modelSha256, generation: base.version },
    throughMs: release.dataThroughMs,
  }
  const values: Part = {
    key: onlineRowsPrefix(release.scene),
    sha256: null,
    kind: ROWS_KIND,
    generation: featureGeneration,
    base: null,
    throughMs: countsThroughMs,
  }
  return { ...release, parts: { [MODEL_PART]: model, [VALUES_PART]: values } }
}
