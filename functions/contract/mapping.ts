import { z } from 'zod'

/** What a mapping says of a table, or of JSON Lines of other names: columns → fields of an event. */

export const outcomeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'the name of one of its outcomes')
const column = z.string().min(1).max(128)

/**
 * A column, or a part of its text: `within` is the text around it, `{}` the part that is wanted and
 * `*` any other text. `GET {} HTTP/*` takes the path from the first line of a request.
 */
const sourceSchema = z.union([
  column,
  z.strictObject({
    column,
    within: z
      .string()
      .max(128)
      .refine((text) => text.split('{}').length === 2, 'a text with {} once, for the part wanted'),
  }),
])
export type Source = z.infer<typeof sourceSchema>

/** One source; several, joined by dashes; or the first of several that is filled. */
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

/** The parts of a pattern of time: a field, text in single quotes, or a sign between them. */
export const PATTERN_TOKEN =
  /yyyy|yy|MMMM|MMM|MM|M|dd|d|EEEE|EEE|HH|H|hh|h|mm|ss|SSS|a|XXX|'([^']*)'|[^A-Za-z']/g
/**
 * Whether a text is fields and signs alone, no field twice, with year, month and day among them.
 * Hours of a clock of twelve need the half of the day.
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
 * When a row happened: a column (or several, such as date and time, joined by a blank) with its
 * `unit` or `pattern`, in `zone` where it names none; or, where the log has no time, the order of
 * its rows, at a stated rate from a stated instant.
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

/** A column that says what each row is. */
const event = z.strictObject({
  column: sourceSchema,
  impressions: z.array(z.string()).default([]),
  /** Value → outcome of the scene. */
  outcomes: z.record(z.string(), outcomeName),
  /** Values whose rows say nothing that the scene asks for. */
  ignored: z.array(z.string()).default([]),
  /** What happens to a row whose value stands in none of the lists. */
  others: z.enum(['quarantined', 'ignored']).default('quarantined'),
})

/** Each row is an impression, and its outcome too where the column says so. */
const label = z
  .strictObject({
    column,
    /** The scene's objective where absent. */
    outcome: outcomeName.optional(),
    positive: z.array(z.string()).min(1).optional(),
    atLeast: z.number().optional(),
  })
  .refine(
    ({ positive, atLeast }) => (positive === undefined) !== (atLeast === undefined),
    'one of positive and atLeast',
  )

/**
 * A list of items in one row: the row is one slate, its elements are the items in order of place.
 * The list is text cut by `separator`, or a JSON array (of ids, or of objects with an `id`).
 */
const slate = z
  .strictObject({
    column,
    separator: z.string().min(1).max(4).optional(),
    /** Path of the item's id within an element that is an object. */
    id: column.optional(),
    /** The item of a row that has no list, and is about one. */
    single: column.optional(),
    /** Path within an element that is an object: the size of its outcome. */
    value: column.optional(),
    /** Context of each element that is an object: attribute → path within the element. */
    context: z.record(z.string().min(1).max(64), column).default({}),
    /** Cuts an element into item and label: `-` for `N82-0`. */
    labelSuffix: z.string().min(1).max(4).optional(),
    /** A list beside it, of a label for each element. */
    labels: column.optional(),
    /** A list of those items of the slate that have the outcome. */
    chosen: column.optional(),
    /** Labels that say that the item has the outcome. */
    positive: z.array(z.string()).min(1).default(['1']),
    /** The scene's objective where absent. */
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
     * `json-lines` and `parquet` mean one thing: fields by path. Whether a drop is JSON Lines, a JSON
     * array or Parquet is seen by its bytes.
     */
    layout: z.enum(['separated', 'json-lines', 'parquet']).default('separated'),
    encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).default('utf-8'),
    /** `blanks`: any number of blanks and tabs. */
    separator: z.union([z.literal('blanks'), z.string().min(1).max(3)]).default(','),
    quoting: z.enum(['rfc4180', 'none']).default('rfc4180'),
    /**
     * True: the first line names the columns. A list: there is no such line, these are the names.
     * `fields`: a line that begins with `#Fields:` names them (W3C extended log format).
     */
    header: z.union([z.literal(true), z.literal('fields'), z.array(column).min(1)]).default(true),
    /** Cuts a cell of many values. */
    listSeparator: z.string().length(1).optional(),
    /** What stands between whole and fraction of a number. */
    decimal: z.enum(['.', ',']).default('.'),
    /** Words for nothing: a cell that holds one of them is empty. */
    missing: z.array(z.string().max(64)).max(64).default([]),
    time,
    user: identitySchema,
    item: identitySchema.optional(),
    slate: slate.optional(),
    event: event.optional(),
    label: z.union([label, z.array(label).min(1).max(16)]).optional(),
    /** Every row is this outcome of its user and item, and the log has no impressions. */
    everyRow: outcomeName.optional(),
    request: identitySchema.optional(),
    /** `from` is what the log calls the first place. */
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
    /** Of catalogue files: those dropped as items and users. */
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
/** As it is written: what has a default may be left out. */
export type WrittenMapping = z.input<typeof mappingSchema>
