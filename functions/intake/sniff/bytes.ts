import { isUtf8 } from 'node:buffer'

const LF = 0x0a

/**
 * Control characters that text never has. Tabs, line ends, escapes and field separators (1 to 3, 1C
 * to 1F) are allowed.
 */
const isBinary = (byte: number): boolean =>
  byte === 0 || (byte >= 4 && byte <= 8) || (byte >= 0x0e && byte <= 0x1a)

export function hasBinary(bytes: Uint8Array, from = 0, through = bytes.length): boolean {
  for (let i = from; i < Math.min(through, bytes.length); i++) if (isBinary(bytes[i]!)) return true
  return false
}

/** The bytes without a UTF-8 character that the end cut off. */
function withoutCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++)
    if (bytes[bytes.length - back]! >= 0xc0) return bytes.subarray(0, -back)
  return bytes
}

/** Share of the bytes in lines of text: UTF-8 without control characters. */
export function shareOfText(head: Buffer): number {
  let text = 0
  for (let from = 0; from < head.length; ) {
    const found = head.indexOf(LF, from)
    const line =
      found === -1 ? withoutCutCharacter(head.subarray(from)) : head.subarray(from, found)
    if (isUtf8(line) && !hasBinary(line)) text += line.length + 1
    from = found === -1 ? head.length : found + 1
  }
  return head.length === 0 ? 1 : Math.min(1, text / head.length)
}

/** The encoding of a head with two or four bytes per character. */
export type WideEncoding = 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be'

/**
 * Share of zeros. In pure ASCII every second byte is zero. In Chinese tables, with separators in
 * ASCII, one in five is.
 */
const ZEROS = 0.2
const ZEROS_AFTER_MARK = 0.02
/** Fewer characters are not enough to decide without a byte order mark. */
const MIN_CHARACTERS = 8
/** Share of lines that are valid UTF-8 by chance in a text of another encoding. */
const TEXT_BY_CHANCE = 0.1

const MARKS = [
  ['le', [0xff, 0xfe]],
  ['be', [0xfe, 0xff]],
] as const

function isUtf16(head: Buffer, order: 'le' | 'be', isMarked: boolean): boolean {
  const units = head.length >> 1
  let high = 0
  let low = 0
  for (let i = 0; i + 1 < head.length; i += 2) {
    if (head[i] === 0) order === 'le' ? low++ : high++
    if (head[i + 1] === 0) order === 'le' ? high++ : low++
  }
  const least = isMarked ? ZEROS_AFTER_MARK : ZEROS
  if (high === 0 || high < least * units || (!isMarked && low > high / 2)) return false
  try {
    const decoder = new TextDecoder(`utf-16${order}`, { fatal: true })
    decoder.decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

function isUtf32(head: Buffer, order: 'le' | 'be'): boolean {
  const through = head.length & ~3
  for (let i = 0; i < through; i += 4) {
    const code = order === 'le' ? head.readUInt32LE(i) : head.readUInt32BE(i)
    if (code === 0 || code > 0x10ffff) return false
  }
  return through > 0
}

const startsWith = (head: Buffer, ...bytes: number[]): boolean =>
  head.length >= bytes.length && bytes.every((byte, i) => head[i] === byte)

export function wideEncodingOf(head: Buffer): WideEncoding | null {
  // Every ASCII character of such a text has a zero beside it.
  if (!head.includes(0)) return null
  if (head.length >= 4 * MIN_CHARACTERS || startsWith(head, 0xff, 0xfe, 0, 0))
    if (isUtf32(head, 'le')) return 'utf-32le'
  if (head.length >= 4 * MIN_CHARACTERS || startsWith(head, 0, 0, 0xfe, 0xff))
    if (isUtf32(head, 'be')) return 'utf-32be'
  if (shareOfText(head) > TEXT_BY_CHANCE) return null
  const isLong = head.length >= 2 * MIN_CHARACTERS
  for (const [order, mark] of MARKS) {
    const isMarked = startsWith(head, ...mark)
    if ((isMarked || isLong) && isUtf16(head, order, isMarked)) return `utf-16${order}`
  }
  return null
}
