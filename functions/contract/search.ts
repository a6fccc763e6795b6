import { z } from 'zod'
import { SEARCH_READS } from './search-options.ts'
import { openSearchSchema } from './search-server.ts'

/** The `search` section of a scene: what an index holds of its items or documents, and how it is searched. */

const name = z.string().regex(/^[a-z][a-zA-Z0-9_]{0,63}$/, 'a letter, then letters, digits and _')
/** A name of an attribute of the catalogue. */
const attribute = z.string().min(1).max(128)

export const STANDARD_ANALYZERS = ['standard', 'english', 'cjk', 'keyword'] as const
export type StandardAnalyzer = (typeof STANDARD_ANALYZERS)[number]

export const TOKENIZERS = ['words', 'cjk', 'whitespace', 'whole'] as const
export const TOKEN_FILTERS = ['lowercase', 'fold-accents', 'possessive', 'stop', 'porter2'] as const
export type TokenFilter = (typeof TOKEN_FILTERS)[number]

/** A chain of one's own: a tokenizer, then filters in their order. */
const analyzerSchema = z.strictObject({
  tokenizer: z.enum(TOKENIZERS),
  filters: z.array(z.enum(TOKEN_FILTERS)).max(10).default([]),
})
export type AnalyzerDefinition = z.infer<typeof analyzerSchema>

const fieldSchema = z.strictObject({
  /** `title`, `text`, or `attributes.<name>` of a statement. */
  from: z
    .string()
    .regex(/^(?:title|text|attributes\..{1,128})$/, 'title, text or attributes.<name>'),
  /** One of the standard analyzers, or of `analyzers`. */
  analyzer: z.string().default('standard'),
  /** What a match in this field counts. */
  weight: z.number().gt(0).lte(1000).default(1),
})

export const searchSchema = z
  .strictObject({
    /** Which statements are indexed. */
    of: z.enum(['items', 'documents']),
    fields: z.record(name, fieldSchema).refine((fields) => {
      const count = Object.keys(fields).length
      return count >= 1 && count <= 32
    }, 'expected 1 to 32 fields'),
    analyzers: z.record(name, analyzerSchema).default({}),
    /** Attributes that filter and are counted as facets: a text, or a list of texts. */
    filters: z.array(attribute).max(32).default([]),
    /** Numeric attributes, for ranges and for sorting. */
    numbers: z.array(attribute).max(32).default([]),
    /** The numeric attribute that `sort: 'score'` sorts by, the greatest first. It must be one of `numbers`. */
    score: attribute.optional(),
    /** An attribute: a statement in which it is true takes the document out of the index. */
    goneIf: attribute.optional(),
    /** Each list: words or phrases of equal meaning. They are used for the query, not in the index. */
    synonyms: z
      .array(z.array(z.string().min(1).max(256)).min(2).max(64))
      .max(10_000)
      .default([]),
    /** Words that the filter `stop` drops. Absent: Lucene's 33 English ones. */
    stopWords: z.array(z.string().min(1).max(64)).max(10_000).optional(),
    /** The field whose words complete a query's last word. */
    completion: name.optional(),
    /** An OpenSearch or Elasticsearch that gets the same documents. Absent: there is none. */
    openSearch: openSearchSchema.optional(),
    /**
     * Where searches read the index: whole in memory, or in pages of its objects in S3 or of rows in DynamoDB. Absent:
     * in memory.
     */
    read: z.enum(SEARCH_READS).optional(),
    /**
     * A latent space of its documents, made once a day: `retrieve` finds texts by it that share no word with the
     * query. Absent: there is none. More documents than `maxDocuments` have none.
     */
    latent: z
      .strictObject({
        dimensions: z.number().int().min(8).max(256).default(128),
        maxDocuments: z.number().int().min(1).max(50_000).default(20_000),
      })
      .optional(),
    /**
     * A full build of more clean files is cut into parts of at most so many, which functions index side by side.
     * Absent: 16,000.
     */
    partFiles: z.number().int().min(1).max(100_000).optional(),
    /** When a rebuilt index is refused. See functions/search-index/gate.ts. */
    gate: z
      .strictObject({
        /** The mean share of the served first ten hits that it must have, too. */
        minOverlap: z.number().gte(0).lte(1).default(0.5),
        /** How much the share of queries without a hit may grow. */
        maxZeroGrowth: z.number().gte(0).lte(1).default(0.02),
        /** How much the share of documents may fall that a query of their own words finds among ten. */
        maxFoundLoss: z.number().gte(0).lte(1).default(0.05),
        /** How much nDCG@10 of what people clicked may fall, beyond chance. */
        maxNdcgLoss: z.number().gte(0).lte(1).default(0.02),
      })
      .prefault({}),
  })
  .superRefine((search, context) => {
    const fail = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    const analyzers = [...STANDARD_ANALYZERS, ...Object.keys(search.analyzers)]
    for (const [field, { analyzer }] of Object.entries(search.fields))
      if (!analyzers.includes(analyzer))
        fail(
          ['fields', field, 'analyzer'],
          `"${analyzer}" is none of its analyzers (${analyzers.join(', ')})`,
        )
    for (const own of Object.keys(search.analyzers))
      if ((STANDARD_ANALYZERS as readonly string[]).includes(own))
        fail(['analyzers', own], 'expected a name that no standard analyzer has')
    if (search.score !== undefined && !search.numbers.includes(search.score))
      fail(['score'], `"${search.score}" is not one of its numbers (${search.numbers.join(', ')})`)
    if (search.completion !== undefined && !Object.hasOwn(search.fields, search.completion))
      fail(['completion'], `"${search.completion}" is not one of its fields`)
  })
export type SearchDefinition = z.infer<typeof searchSchema>

export type { SearchOptions, SearchRead } from './search-options.ts'
