import { z } from 'zod'

/** A mapping from the columns of a table, or the fields of JSON, to the fields of an event. */

export const outcomeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'the name of one of its outcomes')
const column = z.string().min(1).max(128)

/**
 * A column, or a part of its text. In `within`, `{}` marks the wanted part and `*` matches any
 * other text. `GET {} HTTP/*` takes the path from the first line of a request.
 */
const sourceSchema = z.union([
  column,
  z.strictObject({
    column,
    within: z
      .string()
      .max(128)
      .refine((text) => text.split('{}').length === 2, 'a text with {} once, for the wanted part'),
  }),
])
export type Source = z.infer<typeof sourceSchema>

/** One source, several sources joined by dashes, or the first of several that is not empty. */
const joined = z.union([sourceSchema, z.array(sourceSchema).min(1).max(8)])
const identitySchema = z.union([joined, z.strictObject({ firstOf: z.array(joined).min(1).max(8) })])
export type Identity = z.infer<typeof identitySchema>

/** Attribute → source. */
const attributes = z.record(z.string().min(1).max(64), sourceSchema)
const catalogue = z.strictObject({
  id: column,
  attributes: attributes.default({}),
  /** Column of running text, for search. */
  text: column.optional(),
})

/** The parts of a time pattern: a field, text in single quotes, or a separator. */
export const PATTERN_TOKEN =
  /yyyy|yy|MMMM|MMM|MM|M|dd|d|EEEE|EEE|HH|H|hh|h|mm|ss|SSS|a|XXX|'([^']*)'|[^A-Za-z']/g
/**
 * Whether a text consists of fields and separators, has no field twice, and has year, month and
 * day. Hours of a 12-hour clock need AM or PM.
 */
function isPattern(text: string): boolean {
  const tokens = text.match(PATTERN_TOKEN) ?? []
  const fields = tokens.filter((token) => /^[A-Za-z]/.test(token)).map((token) => token[0]!)
  const kinds = new Set(fields)
  return (
    tokens.join('') === text &&
    kinds.size === fields.length &&
    !(kinds.has('H') && kinds.has('h')) &&
    kinds.has('h') === kinds.has('a') &&
    ['y', 'M', 'd'].every((field) => kinds.has(field))
  )
}

/**
 * When a row happened. Either a column (or several, such as date and time, joined by a blank) with
 * its `unit` or `pattern`, in `zone` if the text names no zone. Or, for a log without times, the
 * number of the row: rows come at a stated rate from a stated instant.
 */
const time = z
  .strictObject({
    column: z.union([column, z.array(column).min(2).max(3)]).optional(),
    unit: z.enum(['seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'iso']).optional(),
    pattern: z
      .string()
      .max(64)
      .refine(
        isPattern,
        'a pattern of yyyy or yy, MM or MMM, dd, and EEE, HH or hh with a, mm ss SSS XXX where it has them, each once; text in single quotes',
      )
      .optional(),
    zone: z
      .string()
      .regex(/^(Z|[+-]\d{2}:\d{2})$/, 'Z or an offset such as +02:00')
      .default('Z'),
    rowsPerHour: z.number().gt(0).max(1e9).optional(),
    from: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(
    ({ column: name, unit, pattern, rowsPerHour, from }) =>
      name === undefined
        ? rowsPerHour !== undefined && from !== undefined && !unit && !pattern
        : (unit === undefined) !== (pattern === undefined) && rowsPerHour === undefined && !from,
    'either column with one of unit and pattern, or rowsPerHour with from',
  )

/** A column that names the type of each row. */
const event = z.strictObject({
  column: sourceSchema,
  impressions: z.array(z.string()).default([]),
  /** Value → outcome of the scene. */
  outcomes: z.record(z.string(), outcomeName),
  /** Values of rows that are skipped. */
  ignored: z.array(z.string()).default([]),
  /** What happens to a row whose value is in none of the lists. */
  others: z.enum(['quarantined', 'ignored']).default('quarantined'),
})

/** Each row is an impression, and also an outcome if the column says so. */
const label = z
  .strictObject({
    column,
    /** Defaults to the scene's objective. */
    outcome: outcomeName.optional(),
    positive: z.array(z.string()).min(1).optional(),
    atLeast: z.number().optional(),
  })
  .refine(
    ({ positive, atLeast }) => (positive === undefined) !== (atLeast === undefined),
    'one of positive and atLeast',
  )

/**
 * A list of items in one row. The row is one slate, and its items are in order of position. The
 * list is text split by `separator`, or a JSON array (of ids, or of objects with an `id`).
 */
const slate = z
  .strictObject({
    column,
    separator: z.string().min(1).max(4).optional(),
    /** Path of the item's id within an element that is an object. */
    id: column.optional(),
    /** The item of a row that has no list and is about one item. */
    single: column.optional(),
    /** Path within an element that is an object: the size of its outcome. */
    value: column.optional(),
    /** Context of each element that is an object: attribute → path within the element. */
    context: z.record(z.string().min(1).max(64), column).default({}),
    /** Splits an element into item and label: `-` for `N82-0`. */
    labelSuffix: z.string().min(1).max(4).optional(),
    /** A second list with one label for each element. */
    labels: column.optional(),
    /** A list of the items of the slate that have the outcome. */
    chosen: column.optional(),
    /** Labels of items that have the outcome. */
    positive: z.array(z.string()).min(1).default(['1']),
    /** Defaults to the scene's objective. */
    outcome: outcomeName.optional(),
  })
  .refine(
    ({ labelSuffix, labels, chosen }) =>
      [labelSuffix, labels, chosen].filter((way) => way !== undefined).length <= 1,
    'at most one of labelSuffix, labels and chosen',
  )

/** Names the columns of a table, or the fields of JSON and Parquet (`a.b` reaches inside). */
export const mappingSchema = z
  .strictObject({
    /**
     * `json-lines` and `parquet` mean the same: fields by path. The bytes show whether a drop is
     * JSON Lines, a JSON array or Parquet.
     */
    layout: z.enum(['separated', 'json-lines', 'parquet']).default('separated'),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).default('utf-8'),
    /** `blanks`: any number of blanks and tabs. */
    separator: z.union([z.literal('blanks'), z.string().min(1).max(3)]).default(','),
    quoting: z.enum(['rfc4180', 'none']).default('rfc4180'),
    /**
     * True: the first line names the columns. A list: there is no such line, and these are the
     * names. `fields`: a line that begins with `#Fields:` names them (W3C extended log format).
     */
    header: z.union([z.literal(true), z.literal('fields'), z.array(column).min(1)]).default(true),
    /** Splits a cell with several values. */
    listSeparator: z.string().length(1).optional(),
    /** The decimal separator. */
    decimal: z.enum(['.', ',']).default('.'),
    /** Words for a missing value. A cell that holds one of them is empty. */
    missing: z.array(z.string().max(64)).max(64).default([]),
    time,
    user: identitySchema,
    item: identitySchema.optional(),
    slate: slate.optional(),
    event: event.optional(),
    label: z.union([label, z.array(label).min(1).max(16)]).optional(),
    /** Every row is this outcome of its user and item. The log has no impressions. */
    everyRow: outcomeName.optional(),
    request: identitySchema.optional(),
    /** `from` is the number of the first position in the log. */
    position: z
      .strictObject({ column, from: z.union([z.literal(0), z.literal(1)]).default(1) })
      .optional(),
    value: column.optional(),
    propensity: column.optional(),
    eventId: column.optional(),
    release: column.optional(),
    context: attributes.default({}),
    itemAttributes: attributes.default({}),
    userAttributes: attributes.default({}),
    /** For catalogue files: drops of the kinds items and users. */
    items: catalogue.optional(),
    users: catalogue.optional(),
  })
  .refine(
    ({ event: kinds, label: labels, everyRow, slate: list }) =>
      [kinds, labels, everyRow].filter((way) => way !== undefined).length === 1 ||
      (list !== undefined && kinds === undefined && labels === undefined && everyRow === undefined),
    'one of event (a column says what a row is), label (each row is an impression), everyRow (each row is an outcome) and slate (each row is a slate, with its labels)',
  )
  .refine(
    ({ item, slate: list }) => (item === undefined) !== (list === undefined),
    'one of item (a row is about one) and slate (a row lists several)',
  )
export type Mapping = z.infer<typeof mappingSchema>
/** The mapping as it is written: fields with a default may be left out. */
export type WrittenMapping = z.input<typeof mappingSchema>
