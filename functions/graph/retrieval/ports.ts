/** A chunk that a search found. Lists come best first. */
export interface Found {
  id: string
  score: number
}

/** Names of attributes, each with the values that a chunk must have one of. */
export type Filters = Readonly<Record<string, readonly string[]>>

/** What is known of a chunk: where it comes from, and what it says. */
export interface ChunkFacts {
  id: string
  documentId: string
  /** Absent: the document has none. */
  documentTitle?: string
  headings: readonly string[]
  text: string
  /** [start, end) in the document's source. */
  start: number
  end: number
}

/** What the graph knows of a name in a query. */
export interface Expansion {
  /** Entity id, `<kind>:<name>`. */
  entity: string
  /** Other names of the entity, and names of narrower ones. */
  names: readonly string[]
}

/** Searches over one collection of chunks. Those that are absent are left out of the fusion. */
export interface RetrievalPorts {
  /** The inverted index. A word that a query repeats counts as often as it is there. */
  lexical(query: string, depth: number, filters: Filters): Promise<readonly Found[]>
  /** The vector index of chunks' contents. */
  vector?(query: string, depth: number, filters: Filters): Promise<readonly Found[]>
  /** Vectors of the collection's own latent space. The query's vector moves towards chunks that are taken as relevant. */
  latent?(
    query: string,
    depth: number,
    filters: Filters,
    relevant?: readonly Found[],
  ): Promise<readonly Found[]>
  /** Entities whose names the query has. */
  expand?(query: string): Promise<readonly Expansion[]>
  /** Facts in the order of the ids; null for a chunk that is gone. */
  chunks(ids: readonly string[]): Promise<readonly (ChunkFacts | null)[]>
  /** Share of the chunks that have a word, in any of its forms. Without it, there is no feedback. */
  shareOf?(word: string): number
  /** Runs what asks `shareOf`, until all that it reads is in memory. Absent: it always is. */
  run?<Result>(asks: () => Result): Promise<Result>
}
