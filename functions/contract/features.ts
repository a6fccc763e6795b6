import { z } from 'zod'
import { relationSchema } from './claims.ts'

/**
 * The features of a scene, as an operator writes them. `functions/features/kinds` has one file for
 * each kind: what it accumulates, its value, and the slots of its value.
 */

const columnName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,47}$/, 'lower-case letters, digits and underscores, letter first')
const attribute = '[A-Za-z][A-Za-z0-9_]{0,63}'

/** A source of categories. Attributes are those that the catalogue knew. */
const source = z
  .string()
  .regex(
    new RegExp(
      `^((user|item|context)\\.${attribute}|impression\\.(position|release)|time\\.(hour-of-day|day-of-week))$`,
    ),
    'one of user.<attribute>, item.<attribute>, context.<name>, impression.position, impression.release, time.hour-of-day, time.day-of-week',
  )
/** A source of numbers: an attribute, a field of the request, or the value of an event. */
const attributeSource = z
  .string()
  .regex(
    new RegExp(`^(user|item|context)\\.${attribute}$`),
    'one of user.<attribute>, item.<attribute>, context.<name>',
  )

/** One entity: its values are kept in one row of the online table. */
const domain = `user|item|(?:user|item|context)\\.${attribute}`
const entity = z
  .string()
  .regex(
    new RegExp(`^(${domain})(\\+(${domain}))?$`),
    'user, item, user.<attribute>, item.<attribute>, context.<name>, or a pair of two of them, joined by +',
  )
export const MAX_WINDOW_HOURS = 24 * 90
const windowHours = z.number().int().min(1).max(MAX_WINDOW_HOURS)
/** `impression`, or the name of an outcome. */
const event = z.string().min(1)
const prior = { priorRate: z.number().gt(0).lt(1), priorStrength: z.number().gt(0) }
/** Values of events that features count. */
const counted = {
  name: columnName,
  entity,
  windowHours,
  /** False: the feature changes only when an hour is closed. Absent: true. */
  nearLine: z.boolean().optional(),
}
/** What is taken from each event: its value, its item, or an attribute that was known then. */
const taken = z
  .string()
  .regex(
    new RegExp(`^(value|item\\.id|user\\.id|(user|item|context)\\.${attribute})$`),
    'value, item.id, user.id, user.<attribute>, item.<attribute> or context.<name>',
  )
/** A user's last item with an outcome. */
const lastItem = {
  name: columnName,
  /** An outcome. */
  last: event,
  windowHours: windowHours.default(24 * 30),
  nearLine: z.boolean().optional(),
}

export const featureSchema = z.discriminatedUnion('kind', [
  z.strictObject({ name: columnName, kind: z.literal('category'), of: source }),
  /** Every pair of values of two categories. The trainer makes it; samples do not store it. */
  z.strictObject({
    name: columnName,
    kind: z.literal('cross'),
    of: z.tuple([columnName, columnName]),
  }),

  z.strictObject({ kind: z.literal('count'), ...counted, event }),
  /** (outcomes + priorRate × priorStrength) / (impressions + priorStrength) over the window. */
  z.strictObject({
    kind: z.literal('rate'),
    ...counted,
    outcome: event,
    ...prior,
    /**
     * Share of users who look at each position, from the first on. An impression counts with its
     * share, so an item is not judged by where it was shown. The last share holds for all later ones.
     */
    examination: z.array(z.number().gt(0).lte(1)).min(1).max(100).optional(),
  }),
  /** Events of one name over events of another, both over the window, with a prior. */
  z.strictObject({ kind: z.literal('ratio'), ...counted, event, per: event, ...prior }),
  /** Sum, or mean, of the values of events. */
  z.strictObject({ kind: z.literal('sum'), ...counted, event, of: taken.default('value') }),
  z.strictObject({ kind: z.literal('mean'), ...counted, event, of: taken.default('value') }),
  /** Counts whose weight halves every `halfLifeHours`, by whole hours. */
  z.strictObject({
    kind: z.literal('decayed-count'),
    ...counted,
    event,
    halfLifeHours: z.number().gt(0),
  }),
  z.strictObject({
    kind: z.literal('decayed-rate'),
    ...counted,
    outcome: event,
    halfLifeHours: z.number().gt(0),
    ...prior,
  }),
  /** Hours since the last event. */
  z.strictObject({ kind: z.literal('recency'), ...counted, event }),
  /** The last event's value or attribute, as a category. */
  z.strictObject({ kind: z.literal('last-value'), ...counted, event, of: taken }),
  /** The values of the last N events, the newest first, as a category of several values. */
  z.strictObject({
    kind: z.literal('last-items'),
    ...counted,
    event,
    of: taken.default('item.id'),
    length: z.number().int().min(1).max(100),
  }),
  /** The number of different values: HyperLogLog. */
  z.strictObject({ kind: z.literal('distinct'), ...counted, event, of: taken }),
  /** A quantile of values, from logarithmic buckets with a relative error of at most 1 %. */
  z.strictObject({
    kind: z.literal('quantile'),
    ...counted,
    event,
    of: taken.default('value'),
    q: z.number().gte(0).lte(1),
  }),
  /**
   * The share of the entity's events that have the candidate's value, for example a user's clicks on
   * the candidate's category.
   */
  z.strictObject({
    kind: z.literal('affinity'),
    ...counted,
    event,
    of: taken,
    /** Values kept for each hour: those with the smallest hash. */
    length: z.number().int().min(1).max(256).default(64),
    ...prior,
  }),
  /** How often the entity had events with the candidate's value. */
  z.strictObject({
    kind: z.literal('frequency'),
    ...counted,
    event,
    of: taken.default('item.id'),
    length: z.number().int().min(1).max(256).default(256),
  }),
  /** The number of events of the running session, or the minutes since it began. */
  z.strictObject({
    kind: z.literal('session'),
    ...counted,
    event,
    gapMinutes: z
      .number()
      .int()
      .min(1)
      .max(24 * 60)
      .default(30),
    measure: z.enum(['events', 'minutes']).default('events'),
  }),

  /** On demand, from the request and the catalogue. */
  z.strictObject({ kind: z.literal('number'), name: columnName, of: attributeSource }),
  /** Days since an attribute's time (epoch milliseconds or ISO). */
  z.strictObject({ kind: z.literal('age'), name: columnName, of: attributeSource }),
  /** A numeric feature over another one: price against the category's mean price. */
  z.strictObject({ kind: z.literal('relative'), name: columnName, of: columnName, to: columnName }),
  /** Rank of a numeric feature within its slate (1 is the greatest), or its distance from the mean. */
  z.strictObject({
    kind: z.literal('slate'),
    name: columnName,
    of: columnName,
    measure: z.enum(['rank', 'difference']),
  }),
  /** Share of the query's words that the text has. */
  z.strictObject({
    kind: z.literal('text-match'),
    name: columnName,
    query: attributeSource,
    text: attributeSource,
  }),
  /** in(user)·out(item) + α·log(1 + degree(item)) in the served space. Needs the scene's `embeddings`. */
  z.strictObject({ kind: z.literal('space-score'), name: columnName }),
  /**
   * The cosine of the query's words and the item's content in the served space. Needs `embeddings` with
   * `text`, and without `vectorFrom`.
   */
  z.strictObject({
    kind: z.literal('content-match'),
    name: columnName,
    query: attributeSource,
  }),
  /**
   * How the candidate is related to the user's last item with an outcome, in the served knowledge graph. `shared`: the
   * share of what the candidate has by the relation that the last item has, too. `direct`: 1 where the candidate has
   * the relation to the last item, as `complement-of`. Needs `graph.links`.
   */
  z.strictObject({
    kind: z.literal('graph-link'),
    ...lastItem,
    relation: relationSchema,
    as: z.enum(['shared', 'direct']).default('shared'),
  }),
  /** Links from the user's last item with an outcome to the candidate; `maxHops` + 1 where there are more. */
  z.strictObject({
    kind: z.literal('graph-distance'),
    ...lastItem,
    /** Absent: all of `graph.links`. */
    relations: z.array(relationSchema).min(1).max(16).optional(),
    maxHops: z.number().int().min(1).max(4).default(3),
  }),
])
export type Feature = z.infer<typeof featureSchema>
export type FeatureOf<K extends Feature['kind']> = Extract<Feature, { kind: K }>
/** Features whose value comes from events of the entity that they name. */
export type CountedFeature = Extract<Feature, { windowHours: number; entity: string }>
/** Features that samples store. The trainer computes crosses from them. */
export type StoredFeature = Exclude<Feature, { kind: 'cross' }>
