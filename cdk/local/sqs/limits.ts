/** Amazon SQS Developer Guide, "Amazon SQS message quotas". */

/** One message with its attributes, and a batch together. */
export const MAX_MESSAGE_BYTES = 1024 * 1024
/** Entries of a batch, and messages of one receive. */
export const MAX_ENTRIES = 10
export const MAX_DELAY_SECONDS = 900
export const MAX_VISIBILITY_SECONDS = 43_200
export const DEFAULT_RETENTION_SECONDS = 345_600
