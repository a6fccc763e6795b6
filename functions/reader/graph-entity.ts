import { QuartermasterError } from '../core/errors.ts'

/** What the graph answers. The package exports it: its declarations need no schema library. */

/** No release is served, or the served one has no graph. */
export class NoGraph extends QuartermasterError {}

/** A value that an entity is related to. */
export interface RelatedValue {
  /** The other entity's id, or a literal. */
  value: string | number
  isEntity: boolean
  unit?: string | undefined
  confidence: number
  /** Different sources that say so. */
  sourceCount: number
  /** Some of the sources, the most confident first. */
  sources: string[]
}
/** The most confident first. */
export interface RelatedValues {
  values: RelatedValue[]
  /** Facts that the row has no place for. */
  leftOut: number
}

/** An entity's place in the graph. */
export interface GraphEntity {
  /** `<kind>:<name>`. */
  id: string
  kind: string
  /** Its most confident name; null where no source names it. */
  name: string | null
  /** Facts about it, by relation. */
  facts: Record<string, RelatedValues>
  /** Facts of other entities about it, by relation; `value` is their subject. */
  incoming: Record<string, RelatedValues>
  /** The generation of the graph. */
  generation: string
}

export interface Graph {
  /**
   * An entity of the served graph, as `item:i12` or `brand:acme`; null where the graph does not have it. Throws NoGraph
   * where the served release has no graph.
   */
  entity(id: string): Promise<GraphEntity | null>
}
