/**
 * Bounds the heap, so that intake stays within 256 MiB for any object that it accepts. Without a
 * bound, V8 grows its heap instead of collecting. 88 MiB hold the SDK, 40,000 buffered rows and one
 * Parquet file being written: a drop of 500,000 rows needs 56 to 64 MiB. Buffers outside the heap
 * and Node itself use the rest.
 */
export const HEAP_OPTIONS = '--max-old-space-size=88 --max-semi-space-size=4'
export const MAX_LINE_BYTES = 2 ** 20
/**
 * Limit for the rows of one line. Impressions share the context of their slate, but the fields of
 * each item make a copy per row, for up to a thousand rows.
 */
export const MAX_LINE_ROWS_BYTES = 8 * 2 ** 20
/**
 * Limit for all rows of a drop, because a few bytes per item can become rows of hundreds of bytes.
 * The slowest measured rate was about 14 MB a second, which gives 4 GiB in five minutes.
 */
export const MAX_ROWS_BYTES = 4 * 2 ** 30
/** Memory of a row besides its texts: fifteen fields, and three hashes of 32 digits. */
export const ROW_BYTES = 256
export const MAX_DEPTH = 32
export const MAX_BUFFERED_ROWS = 40_000
export const QUARANTINE_PART_BYTES = 4 * 2 ** 20
/** Quarantine budget of a drop: this multiple of its stored bytes, but at least one MiB. */
export const QUARANTINE_TIMES = 2
export const MIN_QUARANTINE_BYTES = 2 ** 20
/** How many positions of records without a copy are listed, by reason. */
export const MAX_POSITIONS = 10
/**
 * Longest copy of a record in quarantine. The whole record stays in the raw object at its position.
 */
export const MAX_QUARANTINED_BYTES = 64 * 2 ** 10
/**
 * The slowest measured rate was about 6 MB of JSON Lines a second, which gives 1.8 GB in five
 * minutes. Half of that is accepted. A larger object is refused, with advice on how to split it.
 */
export const MAX_UNPACKED_BYTES = 2 ** 30
/**
 * Lines of one object. Broken lines cost most, up to 9 µs each: five minutes are enough for twice
 * as many.
 */
export const MAX_LINES = 2 ** 24
/**
 * Logs compress 10 to 40 times. An object that unpacks to a larger multiple, after its first 16
 * MiB, is not a log.
 */
export const MAX_RATIO = 250
export const RATIO_COUNTS_FROM_BYTES = 16 * 2 ** 20
/**
 * Largest window of a zstd frame, 8 MiB. It is enough for every level without --ultra and --long,
 * and RFC 8878, section 3.1.1.1.2, requires decoders to support it.
 */
export const MAX_ZSTD_WINDOW_LOG = 23
/** Blocks, frames or padded members of one object. Each costs about 0.03 to 0.1 ms. */
export const MAX_PACKED_PARTS = 2 ** 20
/** Columns of a table. With more, every error message would list half a megabyte of names. */
export const MAX_COLUMNS = 16_384
/** Items of one slate. A line may hold many, and each becomes an impression. */
export const MAX_SLATE = 1000
/** Longest quoted cell that spans lines. A quote that does not close within it is ordinary text. */
export const MAX_QUOTED_BYTES = 64 * 2 ** 10
/** Entities whose last statement is remembered while an event log is read. */
export const MAX_REMEMBERED_STATEMENTS = 20_000
/**
 * Files of one drop, not counting those of its last rows. Each costs about 2 ms, and every closing
 * of its hour reads it. A log in order of time makes one file per hour. Two million rows in random
 * order over 30 days make this many.
 */
export const MAX_PARTS = 30_000
/**
 * Texts of buffered rows, and of the lines that they keep in memory. While a file is written, each
 * text exists five times: as a string, in bytes, in its page, in the file so far, and in a copy of
 * that while it grows.
 */
export const MAX_BUFFERED_BYTES = 8 * 2 ** 20
/** Users whose hash is remembered while a drop is read. */
export const MAX_REMEMBERED_USERS = 50_000
