import { z } from 'zod'
import type { Columns, Row } from './rows.ts'

/**
 * A claim: one source says that a subject has a relation to an object. The knowledge graph is a pure fold over the
 * set of claims. A claim never changes. It leaves the graph when its source is withdrawn.
 */

export const MAX_ENTITY_ID = 512
export const MAX_LITERAL = 4096
/** Longer names and texts do not fit a table's key, or are no values. */
const ENTITY_ID = new RegExp(
  `^[a-z][a-z0-9-]{0,31}:(?=.*\\S)[^\\p{Cc}]{1,${MAX_ENTITY_ID - 33}}$`,
  'u',
)
const RELATION = /^[a-z][a-z0-9-]{0,63}$/

const wellFormed = (text: string): boolean => text.isWellFormed()
/** `<kind>:<name>`. */
const entityIdSchema = z
  .string()
  .regex(ENTITY_ID, 'expected an entity id <kind>:<name>')
  .refine(wellFormed, 'expected well-formed Unicode')
export const relationSchema = z
  .string()
  .regex(RELATION, 'expected lower-case letters, digits and dashes, 1 to 64, letter first')
export const entityKindSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes, 1 to 32, letter first')
/** 32 hex digits of a SHA-256. */
export const sourceSchema = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hex digits')
const character = z.number().int().min(0)

const literalText = z
  .string()
  .min(1)
  .max(MAX_LITERAL)
  .refine(wellFormed, 'expected well-formed Unicode')

const common = {
  subject: entityIdSchema,
  relation: relationSchema,
  source: sourceSchema,
  extractor: z.string().regex(/^[a-z][a-z0-9-]{0,31}@[A-Za-z0-9.-]{1,32}$/, '<name>@<version>'),
  provider: z
    .string()
    .min(1)
    .max(256)
    .refine(wellFormed, 'expected well-formed Unicode')
    .optional(),
  confidence: z.number().gt(0).lte(1),
  /** When it could first be used. */
  validFromMs: z.number().int().min(0),
  /** UTF-16 offsets in the source's text, half open. */
  fromChar: character.optional(),
  throughChar: character.optional(),
}
export const claimSchema = z
  .discriminatedUnion('isEntity', [
    z.strictObject({ ...common, isEntity: z.literal(true), object: entityIdSchema }),
    z.strictObject({
      ...common,
      isEntity: z.literal(false),
      object: z.union([literalText, z.number()]),
      /** Of a number. */
      unit: z.string().min(1).max(16).optional(),
    }),
  ])
  .refine(
    ({ fromChar, throughChar }) =>
      (fromChar === undefined) === (throughChar === undefined) && !(fromChar! >= throughChar!),
    { path: ['throughChar'], message: 'expected both offsets, the first one less' },
  )

export interface Claim {
  /** `<kind>:<name>`, as `item:i12` or `brand:acme`. */
  subject: string
  relation: string
  /** An entity's id, or a literal. */
  object: string | number
  isEntity: boolean
  /** The unit of a number. */
  unit?: string | undefined
  /**
   * Digest of who says so: an entity's statements, a document, behaviour, resolution. 32 hex digits. What a source
   * says later replaces what it said before: its claims of before that time are withdrawn.
   */
  source: string
  /** `<name>@<version>`. */
  extractor: string
  /** Whose word it is, as a shop or a feed: sources of one provider are trusted alike. Absent: the extractor's. */
  provider?: string | undefined
  /** In (0, 1]. */
  confidence: number
  validFromMs: number
  /** Where in the source's text it says so: UTF-16 offsets, half open. */
  fromChar?: number | undefined
  throughChar?: number | undefined
}

/** Relations that the code writes. A scene's catalogue adds attributes' names. */
export const RELATIONS = {
  name: 'name',
  alias: 'alias',
  hasBrand: 'has-brand',
  inCategory: 'in-category',
  broader: 'broader',
  mentions: 'mentions',
  about: 'about',
  sameAs: 'same-as',
  coViewedWith: 'co-viewed-with',
  coPurchasedWith: 'co-purchased-with',
  substituteOf: 'substitute-of',
  complementOf: 'complement-of',
  searchedWith: 'searched-with',
} as const

/** Files of claims, in the order of `compareClaims`. One of `object` and `number` is null. */
export const CLAIM_COLUMNS = {
  subject: 'string',
  relation: 'string',
  object: 'string',
  number: 'float',
  isEntity: 'boolean',
  unit: 'string',
  source: 'string',
  extractor: 'string',
  provider: 'string',
  confidence: 'float',
  validFromMs: 'time',
  fromChar: 'int',
  throughChar: 'int',
} as const satisfies Columns
export type ClaimRow = Row<
  typeof CLAIM_COLUMNS,
  'subject' | 'relation' | 'isEntity' | 'source' | 'extractor' | 'confidence' | 'validFromMs'
>

/** What the claims about one subject, relation and object amount to. */
export interface Fact {
  subject: string
  relation: string
  object: string | number
  isEntity: boolean
  unit?: string | undefined
  confidence: number
  /** Different sources that say so. */
  sourceCount: number
  /** Those of the highest confidence, MAX_FACT_SOURCES at most. */
  sources: readonly string[]
  /** When the first of them could be used. */
  validFromMs: number
}
export const MAX_FACT_SOURCES = 4

/** The graph's files, in the order of `compareFacts`. `sources` is a JSON list. */
export const FACT_COLUMNS = {
  subject: 'string',
  relation: 'string',
  object: 'string',
  number: 'float',
  isEntity: 'boolean',
  unit: 'string',
  confidence: 'float',
  sourceCount: 'int',
  sources: 'json',
  validFromMs: 'time',
} as const satisfies Columns
export type FactRow = Row<
  typeof FACT_COLUMNS,
  'subject' | 'relation' | 'isEntity' | 'confidence' | 'sourceCount' | 'sources' | 'validFromMs'
>

/** Claims of these sources with `validFromMs` up to `throughMs` are not in the graph. */
export const WITHDRAWAL_COLUMNS = {
  source: 'string',
  throughMs: 'float',
} as const satisfies Columns
export interface Withdrawal {
  source: string
  throughMs: number
}

/** In which shards a source has claims. */
export const SOURCE_SHARD_COLUMNS = { source: 'string', shard: 'int' } as const satisfies Columns
export interface SourceShard {
  source: string
  shard: number
}

/** The taxonomy's file, in code-unit order of the ids. `broader` and `narrower` are JSON lists of ids. */
export const TAXONOMY_COLUMNS = {
  id: 'string',
  depth: 'int',
  broader: 'json',
  narrower: 'json',
} as const satisfies Columns
