/**
 * Columns of every Parquet file in the lake. A `time` column is TIMESTAMP(ms) in the file and epoch
 * milliseconds in code. `json` is a UTF-8 string that holds JSON. After intake, `user`, `request`
 * and `event` are keyed hashes (32 hex digits). Item ids are those of the catalogue.
 */
export type ColumnType = 'string' | 'time' | 'int' | 'float' | 'boolean' | 'json'
export type Columns = Readonly<Record<string, ColumnType>>

type Cell<T extends ColumnType> = T extends 'string' | 'json'
  ? string
  : T extends 'boolean'
    ? boolean
    : number
/** A row of a table. Every column may be null except those named in `Required`. */
export type Row<C extends Columns, Required extends keyof C> = {
  -readonly [K in keyof C]: K extends Required ? Cell<C[K]> : Cell<C[K]> | null
}

/** `clean/…/events` and `closed/…`: one event per row. */
export const EVENT_COLUMNS = {
  event: 'string',
  type: 'string',
  timeMs: 'time',
  arrivalMs: 'time',
  user: 'string',
  item: 'string',
  request: 'string',
  outcome: 'string',
  value: 'float',
  position: 'int',
  propensity: 'float',
  release: 'string',
  context: 'json',
  drop: 'string',
  row: 'int',
} as const satisfies Columns
export type EventRow = Row<
  typeof EVENT_COLUMNS,
  'event' | 'type' | 'timeMs' | 'arrivalMs' | 'user' | 'item' | 'drop' | 'row'
>

/** `clean/…/items|users|documents`: one statement about an entity per row. */
export const ENTITY_COLUMNS = {
  id: 'string',
  /** When the statement could first be used: the later of its own time and its arrival. */
  knowableMs: 'time',
  attributes: 'json',
  title: 'string',
  text: 'string',
  drop: 'string',
  row: 'int',
} as const satisfies Columns
export type EntityRow = Row<
  typeof ENTITY_COLUMNS,
  'id' | 'knowableMs' | 'attributes' | 'drop' | 'row'
>

/** `clean/…/served`: the cells of one served item per row. */
export const SERVED_COLUMNS = {
  user: 'string',
  item: 'string',
  timeMs: 'time',
  arrivalMs: 'time',
  request: 'string',
  position: 'int',
  context: 'json',
  release: 'string',
  closedThroughMs: 'time',
  cells: 'json',
  drop: 'string',
  row: 'int',
} as const satisfies Columns
export type ServedRow = Row<
  typeof SERVED_COLUMNS,
  'user' | 'item' | 'timeMs' | 'arrivalMs' | 'release' | 'cells' | 'drop' | 'row'
>

/**
 * `counters/…`: kept events of one entity in one event hour. `event` is `impression` or an outcome's name.
 * In the file of corrections a count may be negative.
 */
export const COUNTER_COLUMNS = {
  kind: 'string',
  id: 'string',
  event: 'string',
  hourMs: 'time',
  count: 'int',
} as const satisfies Columns
export type CounterRow = Row<typeof COUNTER_COLUMNS, keyof typeof COUNTER_COLUMNS>

/** `deltas/…`: events of one entity in one event hour of one drop, duplicates included. */
export const DELTA_COLUMNS = {
  kind: 'string',
  id: 'string',
  event: 'string',
  hourMs: 'time',
  count: 'int',
  /** How far the entity's latest event in the drop is after the drop's arrival; 0 if it is before. */
  aheadMs: 'int',
} as const satisfies Columns
export type DeltaRow = Row<typeof DELTA_COLUMNS, keyof typeof DELTA_COLUMNS>

/** `states/…`: the state of one series, entity and event hour. */
export const STATE_COLUMNS = {
  id: 'string',
  hourMs: 'time',
  /** The state's bytes, in base64. */
  state: 'string',
  /** As in `deltas/…`, while a drop is open. 0 in `states/…`. */
  aheadMs: 'int',
} as const satisfies Columns
/** The states of corrections: −1 takes the state away, 1 adds it. */
export const CORRECTED_STATE_COLUMNS = { ...STATE_COLUMNS, sign: 'int' } as const satisfies Columns
export type StateRow = Row<typeof STATE_COLUMNS, keyof typeof STATE_COLUMNS> & { sign?: 1 | -1 }

/**
 * `samples/…`: the fixed columns of a pointwise sample. Each feature adds one more, `f_<name>`:
 * `string` for categories (many values joined by U+001F), `float` for numbers.
 */
export const SAMPLE_COLUMNS = {
  /** The hash of the impression's event. It identifies the sample along the whole lineage. */
  sample: 'string',
  timeMs: 'time',
  user: 'string',
  item: 'string',
  label: 'int',
  value: 'float',
  /** Every outcome within the attribution window could have happened and arrived. */
  isMature: 'boolean',
  /** Share of its outcomes that has arrived by now, by the outcome's delay curve. 1 if mature. */
  known: 'float',
  /**
   * ln(1 / negativeRate), added to the logit in training only, so that the model learns the odds
   * before sampling.
   */
  logOddsCorrection: 'float',
  /**
   * Rows of the log before sampling that this row stands for: 1, or 1/negativeRate for a kept
   * negative.
   */
  weight: 'float',
  /**
   * What the sample counts, by the verdicts on its events: 1, or between 0 and 1 if one weighs it.
   * Training and metrics multiply by it.
   */
  trust: 'float',
  position: 'int',
  propensity: 'float',
  release: 'string',
} as const satisfies Columns
export type SampleRow = Row<
  typeof SAMPLE_COLUMNS,
  | 'sample'
  | 'timeMs'
  | 'user'
  | 'item'
  | 'label'
  | 'isMature'
  | 'known'
  | 'logOddsCorrection'
  | 'weight'
  | 'trust'
> & { [feature: `f_${string}`]: string | number | null }

/** Separates the values of a category with several values inside one `f_` cell. */
export const VALUE_SEPARATOR = '\u001f'
