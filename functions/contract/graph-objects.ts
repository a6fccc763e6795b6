import { z } from 'zod'
import { gateSchema, graphSchema } from './graph.ts'
import { pinnedVerdictsSchema } from './pinned-verdicts.ts'

/** Objects of a graph's generation that never change: what the release's part `graph` names. */

const file = z.object({ key: z.string(), sha256: z.string() })
const count = z.number().int().min(0)

/** What graphs of a scene are made by. It is kept with each generation, which is folded by it for good. */
const graphDefinitionSchema = z.object({
  graph: graphSchema,
  /** A statement in which one of these attributes is true takes out what its entity said. */
  goneIf: z.array(z.string()),
  /** Items with the attribute `document` are chunks of documents. */
  hasChunks: z.boolean(),
})
export type GraphDefinition = z.infer<typeof graphDefinitionSchema>

/** A drop with statements: its clean files by kind. */
const statedDropSchema = z.object({
  arrivalMs: count,
  drop: z.string(),
  items: z.array(z.string()),
  documents: z.array(z.string()),
})
export type StatedDrop = z.infer<typeof statedDropSchema>

/** What a generation is built of: written first, so that a build that was stopped goes on with the same. */
export const graphPlanSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  /** The scheduled time. */
  fenceMs: count,
  arrivedThroughMs: z.number().int(),
  closedThroughMs: count.nullable(),
  /** The verdicts that behaviour is read behind; null before the first. */
  verdicts: pinnedVerdictsSchema.nullable(),
  definition: graphDefinitionSchema,
  /** In the order of arrival. */
  drops: z.array(statedDropSchema),
})
export type GraphPlan = z.infer<typeof graphPlanSchema>

/** What a generation learned when it was built, and keeps: names in texts, and how much sources are trusted. */
export const learnedSchema = z.object({
  /** [name, entity], in code-unit order. */
  names: z.array(z.tuple([z.string(), z.string()])),
  prior: z.number(),
  /** [provider, accuracy], in code-unit order. */
  accuracies: z.array(z.tuple([z.string(), z.number()])),
})
export type Learned = z.infer<typeof learnedSchema>

/** What retrieval needs of the entities that a query can name. */
export const entityNamesSchema = z.object({
  entities: z.array(
    z.object({
      id: z.string(),
      /** All of its names, the most confident first. */
      names: z.array(z.string()).min(1),
      /** Places in `entities` of the narrower ones. */
      narrower: z.array(count),
    }),
  ),
})
export type EntityNames = z.infer<typeof entityNamesSchema>

/** What features need of the items: which entities each one is related to. */
export const itemLinksSchema = z.object({
  relations: z.array(z.string()),
  /** Ids of the related entities. */
  entities: z.array(z.string()),
  /** Item id (without `item:`) → [place of the relation, [places of entities, ascending]]. */
  items: z.record(z.string(), z.array(z.tuple([count, z.array(count)]))),
})
export type ItemLinks = z.infer<typeof itemLinksSchema>

export const graphManifestSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  /** The fence. */
  builtMs: count,
  closedThroughMs: count.nullable(),
  codeDigest: z.string(),
  fusion: z.string(),
  files: z.object({ learned: file, names: file, links: file }),
  entities: count,
  facts: count,
})
export type GraphManifest = z.infer<typeof graphManifestSchema>

/** What the gate found, and what the page shows. It is about no person. */
export const graphReportSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  n: count,
  builtMs: count,
  isAccepted: z.boolean(),
  reason: z.string(),
  /** What it was judged by. A refused one is built again at once when the scene has another gate. */
  gate: gateSchema.optional(),
  entities: z.record(z.string(), count),
  /** Facts by relation, now and in the generation before; null where there is none. */
  relations: z.record(z.string(), z.object({ facts: count, before: count.nullable() })),
  claims: z.record(z.string(), count),
  refused: z.record(z.string(), count),
  withdrawnSources: count,
  merges: count,
  /** Merges in doubt, the most doubtful first. */
  doubtful: z.array(
    z.object({
      left: z.string(),
      right: z.string(),
      probability: z.number(),
      isMerged: z.boolean(),
    }),
  ),
  /** Providers by how often they are right, where more than one speaks. */
  accuracies: z.array(z.tuple([z.string(), z.number()])),
  taxonomy: z.object({ nodes: count, depth: count, brokenCycles: count }),
})
export type GraphReport = z.infer<typeof graphReportSchema>
