import type { Attributes } from '../../../functions/contract/events.ts'

/** What a product of a search world is, beside its words; of a chunk, what it is about. */
interface Product {
  /** The first word for its type, such as `sofa`. Of a chunk, its guide. */
  type: string
  /** Materials, styles and uses, such as `velvet` and `lounge`. Of a chunk, its task. */
  traits: readonly string[]
}

export interface Item {
  id: string
  /** Index into the categories of its catalogue. */
  category: number
  /** As its statement has them. */
  attributes: Readonly<Attributes>
  /** Absent where its attributes say all. */
  text?: string
  /** Log-odds that everybody adds to it. */
  quality: number
  createdMs: number
  /** Null: an article of a feed. */
  product: Product | null
}

export const itemId = (n: number): string => `i${String(n).padStart(5, '0')}`

/** An item's line under `raw/<scene>/items/`. */
export const itemLine = ({ id, createdMs, attributes, text }: Item): string =>
  JSON.stringify({ id, timeMs: createdMs, attributes, text })
