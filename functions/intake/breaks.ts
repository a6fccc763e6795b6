import type { QuarantineReason } from '../contract/events.ts'
import { MAX_PACKED_PARTS, MAX_ZSTD_WINDOW_LOG } from './limits.ts'

/** Why the bytes end before the object does. Everything read before stays valid. */
export interface Break {
  reason: QuarantineReason
  detail: string
}
export type Packing = 'gzip' | 'zstd'

/**
 * Whether an error is about the packed bytes. Any other error, such as lack of memory, is a fault.
 */
export const isOfBytes = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error &&
  /^(Z_(DATA|BUF|STREAM)_ERROR|Z_NEED_DICT|ZSTD_error_(?!memory_allocation))/.test(
    (error as NodeJS.ErrnoException).code ?? '',
  )

/** In all of these, `at` is an offset in the packed bytes. */
export const truncated = (packing: Packing, at: number): Break => ({
  reason: 'truncated_compression',
  detail: `the ${packing} stream ends too early, at packed byte ${at}: drop the whole object again`,
})

export const trailing = (packing: Packing, at: number): Break => ({
  reason: 'trailing_bytes',
  detail: `the bytes from packed byte ${at} on are not ${packing} and were not read: drop them as an object of their own`,
})

export const tooManyParts = (packing: Packing, at: number): Break => ({
  reason: 'compression_bomb',
  detail: `the ${packing} stream has more than ${MAX_PACKED_PARTS} parts, and was read up to packed byte ${at}: pack it again as one part`,
})

const IS_WRONG_SUM = /incorrect (data|length) check|checksum/i

/** The break for an error of Node's decompressors. */
export function corrupt(
  packing: Packing,
  at: number,
  { code, message }: NodeJS.ErrnoException,
): Break {
  if (code === 'ZSTD_error_frameParameter_windowTooLarge')
    return {
      reason: 'window_too_large',
      detail: `the zstd frame at packed byte ${at} needs a window of more than ${2 ** (MAX_ZSTD_WINDOW_LOG - 20)} MiB: pack it again without --long and --ultra`,
    }
  const doubt = IS_WRONG_SUM.test(message) ? '; a record that was read may be corrupt too' : ''
  return {
    reason: 'corrupt_compression',
    detail: `the ${packing} stream is corrupt at packed byte ${at} (${message})${doubt}: pack the log again and drop the new object`,
  }
}
