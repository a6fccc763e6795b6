import type { Feature } from '../../contract/features.ts'
import type { Series } from '../../contract/values.ts'
import type { LinkGraph } from '../links.ts'
import type { Attribute } from '../sources.ts'

/** A value of a feature in a sample. Null: it is missing. */
export type Cell = string | number | null
export type Cells = { readonly [feature: `f_${string}`]: Cell }

/** What a series accumulates, whatever the window of its features. */
export type Accumulated = Pick<Series, 'entity' | 'event' | 'state' | 'parameters'>

/** What a feature sees of one impression, all of it visible before the impression. */
export interface Seen {
  readonly timeMs: number
  readonly position: number | null
  readonly release: string | null
  /** An attribute of the user, the item or the request, or null. */
  attributeOf(source: string): Attribute | null
  /** The values of a source, each once. See `textsOf` in `sources.ts`. */
  textsOf(source: string): string[]
  /**
   * The merged state in the feature's window of one of its series, by its place in `accumulates`.
   * Null: there is no event.
   */
  state(role: number): unknown
  /** The same by event hour, in ascending order. */
  buckets(role: number): Iterable<readonly [hourMs: number, state: unknown]>
  /** The item's score for the user in the served space, or null. */
  spaceScore(): number | null
  /** The cosine of a text and the item's content in the served space, or null. */
  contentMatch(text: string): number | null
  /** The links of the served knowledge graph, or null. */
  links(): LinkGraph | null
  /** The cell of a feature that is defined before, and the cells of its whole slate. */
  cellOf(name: string): Cell
  slateCellsOf(name: string): Cell[]
}

/** Receives one (slot, value) of a row. `hasFactors`: the entry is a category's. */
export type Emit = (slot: number, value: number, hasFactors?: boolean) => void
export type Encoder = (row: Cells, emit: Emit) => void
/** The slot of a name, in a table of weights. */
export type SlotOf = (name: string) => number

/** One kind of feature: what it accumulates, its value, and the slots of its value. */
export interface FeatureKind<F extends Feature> {
  /** The type of its column in samples. Null: the trainer makes it, and samples do not store it. */
  column: 'string' | 'float' | null
  /** The series of a feature whose value comes from events. */
  accumulates?(feature: F): Accumulated[]
  /** Called only where the feature's entity is known, if it has one. */
  cell(feature: F, seen: Seen): Cell
  encoder(feature: F, slotOf: SlotOf): Encoder
}
