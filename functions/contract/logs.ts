import { z } from 'zod'

/** How logs of other systems are read: what a scene's configuration says under `logs`. */

const outcomeName = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'the name of one of its outcomes')
const column = z.string().min(1).max(128)
/** Several columns make one identifier, joined by dashes. */
const columns = z.union([column, z.array(column).min(1).max(8)])
/** Attribute → column. */
const attributes = z.record(z.string().min(1).max(64), column)
const catalogue = z.strictObject({
  id: column,
  attributes: attributes.default({}),
  /** Column of running text, for search. */
  text: column.optional(),
})

/** The parts of a pattern of time: a field, text in single quotes, or a sign between them. */
export const PATTERN_TOKEN = /yyyy|MMM|MM|M|dd|d|HH|H|mm|ss|SSS|XXX|'([^']*)'|[^A-Za-z']/g
/** Whether a text is fields and signs alone, no field twice, with year, month and day among them. */
function isPattern(text: string): boolean {
  const tokens = text.match(PATTERN_TOKEN) ?? []
  const fields = tokens.filter((token) => /^[A-Za-z]/.test(token)).map((token) => token[0]!)
  const kinds = new Set(fields)
  return (
    tokens.join('') === text &&
    kinds.size === fields.length &&
    ['y', 'M', 'd'].every((field) => kinds.has(field))
  )
}

/**
 * When a row happened: a column with its `unit` or `pattern` (yyyy MM MMM dd HH mm ss SSS XXX, text
 * in single quotes), in `zone` where it names none; or, where the log has no time, the order of
 * its rows, at a stated rate from a stated instant.
 */
const time = z
  .strictObject({
    column: column.optional(),
    unit: z.enum(['seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'iso']).optional(),
    pattern: z
      .string()
      .max(64)
      .refine(
        isPattern,
        'a pattern of yyyy MM dd, and HH mm ss SSS XXX where it has them, each once; text in single quotes',
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

/** A column that says what each row is. A value that stands in none of the lists is set aside. */
const event = z.strictObject({
  column,
  impressions: z.array(z.string()).default([]),
  /** Value → outcome of the scene. */
  outcomes: z.record(z.string(), outcomeName),
  /** Values whose rows say nothing that the scene asks for. */
  ignored: z.array(z.string()).default([]),
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

/** Names the columns of a table, or the fields of JSON Lines (`a.b` reaches inside). */
export const mappingSchema = z
  .strictObject({
    layout: z.enum(['separated', 'json-lines']).default('separated'),
    separator: z.string().length(1).default(','),
    quoting: z.enum(['rfc4180', 'none']).default('rfc4180'),
    /** True: the first line names the columns. A list: there is no such line, these are the names. */
    header: z.union([z.literal(true), z.array(column).min(1)]).default(true),
    /** Cuts a cell of many values. */
    listSeparator: z.string().length(1).optional(),
    time,
    user: columns,
    item: columns,
    event: event.optional(),
    label: label.optional(),
    request: columns.optional(),
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
    (mapping) => (mapping.event === undefined) !== (mapping.label === undefined),
    'one of event (a column says what a row is) and label (each row is an impression)',
  )
export type Mapping = z.infer<typeof mappingSchema>

export const logsSchema = z.strictObject({
  personalize: z
    .strictObject({
      /** EVENT_TYPEs, in any case, that say that an item was shown. */
      impressionEvents: z.array(z.string().min(1)).default(['impression']),
      /** EVENT_TYPE → outcome, where it is not the outcome's own name. */
      outcomes: z.record(z.string(), outcomeName).default({}),
      /** An interaction without EVENT_TYPE is the objective from this EVENT_VALUE on. */
      minEventValue: z.number().optional(),
    })
    .optional(),
  accessLog: z
    .strictObject({
      /** The site's own names; a referer of another host is no follow. All hosts where absent. */
      hosts: z.array(z.string().min(1)).optional(),
      /** Last parts of paths that are pages; the empty one is a path without any. */
      pageExtensions: z.array(z.string()).optional(),
      /** What following a link from a page is called; the objective where absent. */
      outcome: outcomeName.optional(),
    })
    .optional(),
  /** By name; a drop's metadata says which. */
  mappings: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,47}$/), mappingSchema).optional(),
})
export type Logs = z.infer<typeof logsSchema>

/** Every outcome that a scene's log settings speak of, and where: each must be one of the scene's. */
export function outcomesNamedIn(logs: Logs): { path: string[]; outcome: string }[] {
  const named = (path: string[], outcome: string | undefined) =>
    outcome === undefined ? [] : [{ path, outcome }]
  const byValue = (path: string[], outcomes: Readonly<Record<string, string>> = {}) =>
    Object.entries(outcomes).flatMap(([value, outcome]) => named([...path, value], outcome))
  return [
    ...byValue(['personalize', 'outcomes'], logs.personalize?.outcomes),
    ...named(['accessLog', 'outcome'], logs.accessLog?.outcome),
    ...Object.entries(logs.mappings ?? {}).flatMap(([name, { event, label }]) => [
      ...byValue(['mappings', name, 'event', 'outcomes'], event?.outcomes),
      ...named(['mappings', name, 'label', 'outcome'], label?.outcome),
    ]),
  ]
}
