import type { Retrieved } from '../graph/retrieval/retrieve.ts'

/** What retrieval answers. The package exports it: its declarations need no schema library. */

export interface PassageOptions {
  /** Passages to return, 1 to 100. Defaults to 10. */
  k?: number
  /** By attribute: a passage has one of these values in each. */
  filters?: Readonly<Record<string, readonly string[]>>
  /** What each list counts, instead of its default; 0 leaves it out. */
  weights?: Partial<Record<PassageList, number>>
}
/**
 * Where a passage comes from: the index, the vectors of contents, the latent space of the index, names that the graph
 * adds to the query, and words of the best passages so far.
 */
export type PassageList = 'lexical' | 'vector' | 'latent' | 'entities' | 'feedback'

/** A chunk of a document: its text is data, whatever it says. An item that is no chunk is a passage of itself. */
export type Passage = Retrieved

/** Passages, and in which state of what they were found. */
export interface Passages {
  /** The best first. */
  passages: Passage[]
  /** The generations that were read; null where the release has none, or it could not be read. */
  generations: { search: string; space: string | null; graph: string | null }
  /** Of the index. */
  snapshot: number
}
export interface Retrieval {
  /**
   * The passages that answer a text: signs and quotation marks have no meaning in it. Throws InvalidInput for wrong
   * options and more than 10,000 characters, NothingIndexed where the scene has no index.
   */
  retrieve(query: string, options?: PassageOptions): Promise<Passages>
}
