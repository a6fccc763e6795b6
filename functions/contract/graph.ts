import { z } from 'zod'
import { entityKindSchema, relationSchema, sourceSchema } from './claims.ts'

/** The `graph` section of a scene: how claims are extracted, and how the graph is folded and served. */

const attribute = z.string().min(1).max(128)
const confidence = z.number().gt(0).lte(1)

/** Units that are converted into each other, by what they measure. */
export const UNITS = [
  ...['mm', 'cm', 'm', 'km', 'in', 'ft'],
  ...['mg', 'g', 'kg', 'oz', 'lb'],
  ...['ml', 'cl', 'l'],
  ...['mah', 'wh', 'w', 'kw', 'v'],
  ...['mb', 'gb', 'tb'],
  ...['s', 'min', 'h'],
] as const
export type UnitName = (typeof UNITS)[number]

const attributeMappingSchema = z
  .strictObject({
    relation: relationSchema,
    /** Each value names an entity of this kind, or is the id of an `item` or `document`. Absent: values are literals. */
    entity: entityKindSchema.optional(),
    /**
     * A value is a path, the broadest first, as in `Home > Kitchen > Knives`. Each step is an entity, and
     * `broader` joins it with the step before.
     */
    pathSeparator: z.string().min(1).max(8).optional(),
    /** An attribute that names the broader entity of this one's value, of the same kind. */
    broader: attribute.optional(),
    /** Numbers are converted to this unit. A number without a unit is taken to be in it. */
    unit: z.enum(UNITS).optional(),
    confidence: confidence.default(0.9),
  })
  .superRefine((mapping, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (mapping.entity && mapping.unit) fail('unit', 'an entity has no unit')
    for (const name of ['pathSeparator', 'broader'] as const)
      if (mapping[name] !== undefined && !mapping.entity) fail(name, 'needs "entity"')
  })
export type AttributeMapping = z.infer<typeof attributeMappingSchema>

const behaviourSchema = z.strictObject({
  /** Outcomes that count as views and as purchases. Impressions are neither. */
  views: z.array(z.string()).max(16).default([]),
  purchases: z.array(z.string()).max(16).default([]),
  /** Events of this many days are read. */
  lookbackDays: z.number().int().min(1).max(366).default(90),
  sessionMinutes: z.number().int().min(1).max(1440).default(30),
  /** Purchases of a user within this time are pairs: a complement is bought later. */
  complementDays: z.number().int().min(1).max(90).default(14),
  /** Of all relations of one kind, at most this share is expected by chance. */
  falseDiscoveryRate: z.number().gt(0).lte(0.5).default(0.05),
  /** A relation needs as many different users. */
  minUsers: z.number().int().min(2).default(5),
  /** The strongest relations of one kind that an item keeps. */
  maxPartners: z.number().int().min(1).max(1000).default(100),
  seed: z.number().int().default(17),
})
export type BehaviourDefinition = z.infer<typeof behaviourSchema>

const patternSchema = z.strictObject({
  /** Words between two known entities, as `such as`. Case and accents do not matter. */
  between: z.string().min(1).max(100),
  relation: relationSchema,
  /** The second one is the subject. */
  isReversed: z.boolean().default(false),
  confidence: confidence.default(0.6),
})
export type TextPattern = z.infer<typeof patternSchema>

/** English patterns of Hearst 1992 ("Automatic acquisition of hyponyms from large text corpora"). */
const PATTERNS: z.input<typeof patternSchema>[] = [
  ...['such as', 'including', 'especially'].map((between) => ({
    ...{ between, relation: 'broader', isReversed: true },
  })),
  ...['and other', 'or other', 'is a kind of', 'are a kind of', 'is a type of'].map((between) => ({
    ...{ between, relation: 'broader' },
  })),
]

const documentsSchema = z.strictObject({
  /** Kinds of entities whose names are looked for in texts. Absent: all. */
  kinds: z.array(entityKindSchema).max(64).optional(),
  patterns: z.array(patternSchema).max(100).prefault(PATTERNS),
  /** Headings that name no known entity become topics of their own. */
  topics: z.boolean().default(true),
})
export type DocumentsDefinition = z.infer<typeof documentsSchema>

const languageModelSchema = z.strictObject({
  kind: z.literal('bedrock'),
  /** A model or an inference profile that Amazon Bedrock's Converse API takes. */
  modelId: z.string().min(1).max(2048),
  /** Relations that it may claim between entities. */
  relations: z.array(relationSchema).min(1).max(32),
  /** What its claims count. Its own word for that is not asked. */
  confidence: confidence.default(0.4),
  /** For one passage, retries included. */
  timeoutSeconds: z.number().int().min(1).max(300).default(30),
  maxTokens: z.number().int().min(64).max(8192).default(1024),
  /** A longer passage is not asked about. */
  maxCharacters: z.number().int().min(100).max(100_000).default(8000),
})
export type LanguageModelDefinition = z.infer<typeof languageModelSchema>

const resolutionSchema = z.strictObject({
  /** Attributes that are compared. Absent: all that the catalogue maps, and the title. */
  attributes: z.array(attribute).min(1).max(32).optional(),
  /** Merges of at least this confidence join entities. */
  minConfidence: confidence.default(0.5),
})

export const gateSchema = z.strictObject({
  /** Of each relation with at least `minFacts` facts, this share must be left. */
  minKept: z.number().gte(0).lte(1).default(0.5),
  minFacts: z.number().int().min(1).default(50),
})

export const graphSchema = z.strictObject({
  /** By an attribute's name. `title` is the statement's own, where no attribute has that name. */
  catalogue: z.record(attribute, attributeMappingSchema).default({}),
  behaviour: behaviourSchema.prefault({}),
  documents: documentsSchema.prefault({}),
  /** Absent: no language model is asked. */
  languageModel: languageModelSchema.optional(),
  /** An attribute of a statement that names its provider, as a shop or a feed. Absent: all are of one provider. */
  provider: attribute.optional(),
  /** Items of different providers that may be the same thing are found and merged. Absent: none are. */
  resolution: resolutionSchema.optional(),
  /** New drops are folded in this often. Once a week, all is learned again. */
  everyHours: z.number().int().min(1).max(24).default(24),
  /** Relations that features follow from items. See the kinds `graph-link` and `graph-distance`. */
  links: z.array(relationSchema).max(16).default([]),
  /** When a new generation is refused. */
  gate: gateSchema.prefault({}),
  /** Facts of one relation and direction that an entity's online row has. */
  maxFanOut: z.number().int().min(1).max(1000).default(50),
  /** Objects that the graph is cut into. A change reads and writes only those of its subjects. */
  shards: z.number().int().min(1).max(4096).default(64),
})
export type GraphSection = z.infer<typeof graphSchema>

const count = z.number().int().min(0)

/** `manifests/…/claims/….json`. read = claimed + refused, by reason. */
export const claimManifestSchema = z.object({
  scene: z.string(),
  maker: z.string(),
  madeMs: count,
  /** Null: it made no claim, and there is no file. */
  key: z.string().nullable(),
  sha256: z.string().nullable(),
  claims: count,
  byRelation: z.record(z.string(), count),
  refused: z.record(z.string(), count),
  /** Sources that its claims are from, in code-unit order. */
  sources: z.array(sourceSchema),
  /** Sources that it withdraws, and through when. */
  withdrawn: z.array(z.object({ source: sourceSchema, throughMs: count })),
  /** Sources of these that said that they are gone. */
  gone: count,
  codeDigest: z.string(),
  configurationDigest: z.string(),
})
export type ClaimManifest = z.infer<typeof claimManifestSchema>

const digests = z.array(z.string().nullable())
/** A graph: the objects that it is made of. Everything that it names is immutable. */
export const graphSnapshotSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  n: count,
  /** Name of the fusion, with the digest of what it learned: all its facts come from one. */
  fusion: z.string(),
  /** By shard: the digest in the key of its object. Null: it has no rows. */
  claims: digests,
  facts: digests,
  sources: digests,
  withdrawn: digests,
  /** Drops in it that arrived lately, `<arrivalMs>-<drop>`, ascending: their manifests are found again. */
  drops: z.array(z.string()),
  /** What its claims were, over all drops. */
  accounts: z.object({
    /** Claims by who made them, and what made none by reason. */
    claims: z.record(z.string(), count),
    refused: z.record(z.string(), count),
    /** Sources that said that they are gone. */
    withdrawnSources: count,
  }),
})
export type GraphSnapshot = z.infer<typeof graphSnapshotSchema>

const relatedSchema = z.object({
  /** The other entity, or the literal. */
  value: z.union([z.string(), z.number()]),
  isEntity: z.boolean(),
  unit: z.string().optional(),
  confidence: z.number(),
  sourceCount: count,
  /** Some of the sources, the most confident first. */
  sources: z.array(z.string()),
})
export type RelatedValue = z.infer<typeof relatedSchema>
const byRelation = z.record(
  z.string(),
  z.object({
    /** The most confident first. */
    values: z.array(relatedSchema),
    /** Facts that the row has no place for. */
    leftOut: count,
  }),
)
/** `<scene>#entity#<id>`: what an entity is related to. */
export const entityRowSchema = z.object({
  id: z.string(),
  kind: z.string(),
  /** Its most confident name; null where no source names it. */
  name: z.string().nullable(),
  /** Facts about it, by relation. */
  facts: byRelation,
  /** Facts of other entities about it, by relation; `value` is their subject. */
  incoming: byRelation,
})
export type EntityRowValues = z.infer<typeof entityRowSchema>
