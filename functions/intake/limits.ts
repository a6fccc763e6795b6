/**
 * What keeps intake within 256 MiB for any object it accepts. V8 would rather grow than collect,
 * so its heap is bounded: 112 MiB hold the SDK, 40,000 buffered rows and the Parquet file under
 * way; buffers outside the heap, and Node itself, take the rest.
 */
export const HEAP_OPTIONS = '--max-old-space-size=112 --max-semi-space-size=4'
export const MAX_LINE_BYTES = 2 ** 20
/**
 * Of the rows that one line becomes. Impressions share what their slate says; what
 * each item adds to it makes a copy a row, up to a thousand of them.
 */
export const MAX_LINE_ROWS_BYTES = 8 * 2 ** 20
/**
 * Of all rows of a drop: a line of a few bytes an item becomes rows of hundreds.
 * Some 14 MB a second were measured at the slowest, five minutes are 4 GiB.
 */
export const MAX_ROWS_BYTES = 4 * 2 ** 30
/** Of a row in memory, besides its texts: fifteen fields, and three hashes of 32 digits. */
export const ROW_BYTES = 256
export const MAX_DEPTH = 32
export const MAX_BUFFERED_ROWS = 40_000
export const QUARANTINE_PART_BYTES = 4 * 2 ** 20
/** What a drop may write to quarantine: so many times its bytes as they are stored, and a MiB in any case. */
export const QUARANTINE_TIMES = 2
export const MIN_QUARANTINE_BYTES = 2 ** 20
/** Of records that are not kept, by reason: where the first of them are in the unpacked object. */
export const MAX_POSITIONS = 10
/** Of a record in quarantine; the whole of it stays in the raw object, at the position stated. */
export const MAX_QUARANTINED_BYTES = 64 * 2 ** 10
/**
 * Five minutes at the slowest that was measured, some 6 MB of JSON Lines a second, are 1.8 GB:
 * half of it is accepted. Larger objects are refused with how to split them.
 */
export const MAX_UNPACKED_BYTES = 2 ** 30
/**
 * Lines of one object. Broken ones cost most for what they hold, up to 9 µs each: five minutes read
 * twice as many.
 */
export const MAX_LINES = 2 ** 24
/** Logs shrink 10 to 40 times. What grows more than this from its first 16 MiB on is no log. */
export const MAX_RATIO = 250
export const RATIO_COUNTS_FROM_BYTES = 16 * 2 ** 20
/**
 * What a zstd frame may ask to remember, 8 MiB: enough for every level without --ultra and --long,
 * and as much as RFC 8878, section 3.1.1.1.2, asks of a decoder.
 */
export const MAX_ZSTD_WINDOW_LOG = 23
/** Blocks, frames or padded members of one object: each costs some 0.03 to 0.1 ms. */
export const MAX_PACKED_PARTS = 2 ** 20
/** Of a table: those of more name half a megabyte of columns on every try. */
export const MAX_COLUMNS = 16_384
/** Items of one slate: a line may hold many, and each is an impression. */
export const MAX_SLATE = 1000
/** A cell in quotes that spans lines ends within so much; else its quote was none, and its line stands alone. */
export const MAX_QUOTED_BYTES = 64 * 2 ** 10
/** Entities whose last statement is remembered while a log of events is read. */
export const MAX_REMEMBERED_STATEMENTS = 20_000
/**
 * Files of one drop, before the last of its rows: each costs some 2 ms and is read by every closing
 * of its hour. Logs in order of time make a file an hour; two million rows in no order, over 30 days,
 * come to this.
 */
export const MAX_PARTS = 30_000
/**
 * Of the texts of rows that are buffered, and of the lines that they keep. Written, a text is there
 * five times: as it is, in bytes, in its page, in a file that grows by doubling, and in its copy.
 */
export const MAX_BUFFERED_BYTES = 8 * 2 ** 20
/** Users whose hash is remembered while a drop is read. */
export const MAX_REMEMBERED_USERS = 50_000
