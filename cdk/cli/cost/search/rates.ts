/** What a search index is priced with: measured rates, and assumptions that the bill prints. */

/**
 * CPU seconds and bytes of documents of 60 words and two attributes, by `node test/bench/search-rates.ts` (Node 24,
 * one core of a Xeon at 2.x GHz, which the table of `cdk/README.md` takes for one of Lambda).
 */
export const RATES = {
  /** Bytes of the two objects of a segment, for each document: the larger ones, those of 20,000 documents. */
  indexBytes: 157,
  documentsBytes: 255,
  /** To analyze a document and to write it into a segment; a drop takes this much more. */
  addSeconds: 95e-6,
  dropSeconds: 3.5e-3,
  /** To write a document again in a merge; a merge takes this much more. */
  mergeSeconds: 38e-6,
  mergeFixedSeconds: 30e-3,
  /** To verify and open a segment, for each document. */
  openSeconds: 0.12e-6,
  /** To write and read a set of deleted documents, for each document in the set. */
  deletedSeconds: 0.08e-6,
  /** To search for two words, first ten hits: at no documents, and for each document. */
  querySeconds: 0.12e-3,
  querySecondsPerDocument: 2e-9,
} as const

/** Assumptions: neither a measurement nor the code states them. The bill prints each. */
export const ASSUMED_SEARCH = {
  /** A request of S3 until its first byte, a request of DynamoDB, and bytes a second between S3 and a function. */
  s3Seconds: 0.03,
  rowSeconds: 0.005,
  bytesPerSecond: 80e6,
  /** Lambda's own part of an invocation. */
  invokeSeconds: 0.002,
  /** A new instance until its code is loaded. An idle instance ends after ten minutes, a busy one after two hours. */
  startSeconds: 0.7,
  idleSeconds: 600,
  instanceSeconds: 7200,
  /** Instances for so many times the mean load, and one more. */
  peak: 3,
  /** Lambda's two lines of an invocation, and ours of a drop. */
  invocationLogBytes: 800,
  dropLogBytes: 800,
  /** Processes of online services that open the reader. */
  readers: 2,
  /** Node itself in a function's memory. */
  processMiB: 200,
} as const
