import { constants, inflateSync } from 'node:zlib'
import { UnreadableDocument } from './document-error.ts'

/** A stream's dictionary is looked for in so many bytes before it. */
const DICTIONARY_BYTES = 4096

/** The packed streams of a PDF that are no images: their bytes, up to the next `endstream` (ISO 32000-1, 7.3.8). */
function* packedStreams(bytes: Buffer): Generator<Buffer> {
  let end = 0
  for (let at = bytes.indexOf('stream'); at !== -1; at = bytes.indexOf('stream', at + 6)) {
    if (bytes.toString('latin1', at - 3, at) === 'end') continue
    const before = bytes.toString('latin1', Math.max(0, at - DICTIONARY_BYTES), at)
    const dictionary = before.slice(before.lastIndexOf(' obj') + 1)
    if (!/\/(?:FlateDecode|Fl)\b/.test(dictionary)) continue
    if (/\/Subtype\s*\/Image\b/.test(dictionary)) continue
    const from = at + 6 + (bytes[at + 6] === 0x0d ? 2 : 1)
    // The end is looked for once, where many streams have the same one or none.
    if (end < from) end = bytes.indexOf('endstream', from)
    if (end === -1) end = bytes.length
    yield bytes.subarray(from, end)
  }
}

/** The bytes that a stream unpacks to; more than `maxBytes` if it is larger, and 0 if it is not packed so. */
function unpackedBytes(stream: Buffer, maxBytes: number): number {
  try {
    const options = { maxOutputLength: maxBytes, finishFlush: constants.Z_SYNC_FLUSH }
    return inflateSync(stream, options).length
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? maxBytes + 1 : 0
  }
}

/**
 * Throws UnreadableDocument for a PDF one of whose pages unpacks to more than `maxBytes`, or all of them to more than
 * `maxAllBytes`: PDF.js holds the whole of a page, and takes a second for some 25 MB. Images are not unpacked to read a text,
 * and are not counted. Other filters than Flate are not seen.
 */
export function refuseLargeStreams(bytes: Buffer, maxBytes: number, maxAllBytes: number): void {
  let all = 0
  for (const stream of packedStreams(bytes)) {
    const unpacked = unpackedBytes(stream, maxBytes)
    all += unpacked
    if (unpacked <= maxBytes && all <= maxAllBytes) continue
    const found =
      unpacked > maxBytes ? `a page of more than ${maxBytes}` : `more than ${maxAllBytes}`
    throw new UnreadableDocument(
      'too_large',
      `got a PDF that unpacks to ${found} bytes without its images, expected at most ${maxBytes} a page and ${maxAllBytes} in all: split it by chapters, or drop its text`,
    )
  }
}
