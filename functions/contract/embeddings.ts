import { z } from 'zod'

/** The `embeddings` section of a scene: the graph, the space that is learned from it, and what is made of the space. */

const attribute = z.string().min(1).max(128)
const weight = z.number().gt(0).lte(1000)

const graphSchema = z.strictObject({
  /** What an outcome counts as an edge from its user to its item. Absent: the objective counts 1. */
  outcomes: z.record(z.string(), weight).optional(),
  /** Events of this many days are read. */
  lookbackDays: z.number().int().min(1).max(366).default(90),
  /** An edge counts half after this many days. */
  halfLifeDays: z.number().gt(0).default(30),
  /** Items that a user acted on within this time of each other are joined. 0: none are. */
  sessionMinutes: z.number().int().min(0).max(1440).default(30),
  /** Attributes of items. Each value is a node, joined with its items. */
  attributes: z.array(attribute).max(16).default([]),
  /**
   * What the served knowledge graph links items to describes them, too, where users' lists are no worse with it.
   * Needs the scene's `graph.links`. Absent: it does not.
   */
  knowledge: z.boolean().optional(),
  /** The attribute of a document that names its item or items. Absent: documents are no nodes. */
  documentItem: attribute.optional(),
})
export type GraphDefinition = z.infer<typeof graphSchema>

const walksSchema = z.strictObject({
  /** Random walks from each node, and nodes of each walk (Perozzi et al. 2014, gamma and t). */
  perNode: z.number().int().min(1).max(200).default(10),
  length: z.number().int().min(2).max(200).default(40),
  /** Nodes on each side that a node predicts. */
  window: z.number().int().min(1).max(20).default(5),
  negatives: z.number().int().min(1).max(20).default(5),
  learningRate: z.number().gt(0).lte(1).default(0.025),
})
export type WalkDefinition = z.infer<typeof walksSchema>

const listsSchema = z.strictObject({
  /** Items of each list. */
  size: z.number().int().min(1).max(200).default(50),
  /** An attribute of items: at most `maxCategoryShare` of a list has one value of it. Absent: no cap. */
  category: attribute.optional(),
  maxCategoryShare: z.number().gt(0).lte(1).default(0.5),
  /** An attribute of users: popular items are listed for each value, too. */
  segment: attribute.optional(),
  /** Items whose first event is younger are new. */
  newDays: z.number().gt(0).max(90).default(7),
  /** Users with an event within this time get a list of their own. */
  activeDays: z.number().gt(0).max(366).default(28),
})
export type ListDefinition = z.infer<typeof listsSchema>

const embeddingsGateSchema = z.strictObject({
  /** recall@10 of the vector index beside exact search. */
  minRecall: z.number().gt(0).lte(1).default(0.98),
  /** The share that it must have of the overlap of two trainings that differ in their seed alone. */
  minOverlapOfSeeds: z.number().gte(0).lte(1).default(0.7),
  /** HR@10 of the lists over that of popularity, both on each user's last event. */
  minLift: z.number().gte(0).default(1),
  /** The share of items with events that some list has. */
  minCoverage: z.number().gte(0).lte(1).default(0.05),
  /** The share of new items that are among the first ten of some user's search of new items. */
  minNewReachable: z.number().gte(0).lte(1).default(0.25),
  /** Held-out users that a comparison needs. With fewer, it is left out, and the reason says so. */
  minUsers: z.number().int().min(1).default(50),
})
export type EmbeddingsGate = z.infer<typeof embeddingsGateSchema>

/** Another store that each accepted generation's items are written to, for services that search there. */
const vectorStoreSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('s3-vectors'),
    /** The vector bucket, in the account and region of the app. */
    bucket: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/),
  }),
  z
    .strictObject({
      kind: z.literal('open-search'),
      endpoint: z.url({ protocol: /^https?$/ }),
      /** How requests are signed: for a domain, or not at all. A Serverless collection takes no ids. */
      access: z.enum(['es', 'none']).default('es'),
      /** Of the domain: what the function may write to. */
      arn: z.string().startsWith('arn:').optional(),
    })
    .refine(({ access, arn }) => access === 'none' || arn !== undefined, {
      ...{ path: ['arn'], message: 'access "es" needs the ARN to grant it' },
    }),
])
export type VectorStoreDefinition = z.infer<typeof vectorStoreSchema>

export const embeddingsSchema = z.strictObject({
  dimensions: z.number().int().min(8).max(256).multipleOf(4).default(64),
  graph: graphSchema.prefault({}),
  walks: walksSchema.prefault({}),
  /**
   * α of the score in(user)·out(item) + α·log(1 + degree). Absent: it is chosen on each user's last
   * event but one.
   */
  popularityWeight: z.number().gte(0).optional(),
  /** `title`, `text` or `attributes.<name>` of items and documents: their words make content vectors. */
  text: z
    .array(z.string().regex(/^(?:title|text|attributes\..{1,128})$/))
    .max(16)
    .default([]),
  /**
   * An attribute that holds an item's or document's vector from a model of your own: base64 of little-endian f32, or
   * decimals with commas, in one text or a list of texts that are joined. Then `text` is not read, and all vectors
   * have `contentDimensions` numbers.
   */
  vectorFrom: z
    .string()
    .regex(/^attributes\..{1,128}$/)
    .optional(),
  /** Dimensions of content vectors. */
  contentDimensions: z.number().int().min(16).max(1024).multipleOf(4).default(128),
  lists: listsSchema.prefault({}),
  /** New items and users are placed this often, after a closing: every hour, or fewer times a day. */
  placeEveryHours: z.literal([1, 2, 3, 4, 6, 8, 12, 24]).default(1),
  gate: embeddingsGateSchema.prefault({}),
  seed: z.number().int().default(29),
  /** Another store that gets the vectors of each accepted generation. Absent: there is none. */
  vectorStore: vectorStoreSchema.optional(),
})
export type EmbeddingsDefinition = z.infer<typeof embeddingsSchema>
