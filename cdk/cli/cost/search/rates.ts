/** What a search index is priced with: measured rates, and assumptions. */

/**
 * Bytes and CPU seconds of documents of 60 words, a filter and a number. `node test/bench/search-rates.ts` prints them
 * for indexes of 20,000 and 200,000 documents (Node 24, one core of an AMD EPYC). Of both the larger, rounded up.
 */
export const RATES = {
  /** Bytes of a segment's two objects, for each document. */
  indexBytes: 157,
  documentsBytes: 255,
  /** To analyze a document and write it into a segment. Each call takes `dropSeconds` more. */
  addSeconds: 90e-6,
  dropSeconds: 5e-3,
  /** To write a document again in a merge. Each merge takes `mergeFixedSeconds` more. */
  mergeSeconds: 42e-6,
  mergeFixedSeconds: 30e-3,
  /** To verify and open a segment, for each document. */
  openSeconds: 0.13e-6,
  /** To write and read a set of deleted documents, for each document in the set. */
  deletedSeconds: 0.1e-6,
  /** To read the clean file of a drop of 50 documents. */
  fileSeconds: 0.3e-3,
  /** To find the first ten hits of two words: 0.19 ms in 20,000 documents, 0.51 ms in 200,000. Linear is above it. */
  querySeconds: 0.15e-3,
  querySecondsPerDocument: 2e-9,
} as const

/** Assumptions: neither a measurement nor the code states them. The bill prints those that count most. */
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
