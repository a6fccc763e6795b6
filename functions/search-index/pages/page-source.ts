/** Where the pages of one segment are read: ranges of its object, or rows of a table. */
export interface PageSource {
  /** The bytes of the pages from `first` up to `end`, excluded, one after the other. They are not checked yet. */
  read(first: number, end: number): Promise<Uint8Array>
}

/** What was read, over all segments of a process. */
export interface ReadCounts {
  /** Times that searches waited for reads. Reads of one round are made at once. */
  rounds: number
  requests: number
  bytes: number
}
export const createReadCounts = (): ReadCounts => ({ rounds: 0, requests: 0, bytes: 0 })
