import { Readable } from 'node:stream'
import type { RandomAccess } from '../../../functions/core/objects.ts'
import type { Encoding } from '../../../functions/intake/decode.ts'
import { decodeText } from '../../../functions/intake/json-record.ts'
import { readLines } from '../../../functions/intake/read-lines.ts'
import type { Foreign } from '../../../functions/intake/sniff/head.ts'

/** Lines that are read. Of a longer log only the beginning is read. */
export const MOST_LINES = 5000

/** The first lines of a log as text, or what its bytes are if they are not lines. */
export type TextSample =
  | {
      lines: string[]
      encoding: Encoding
      /** Whether the encoding is certain. */
      isEncodingSure: boolean
    }
  | { foreign: Foreign }

/** The first bytes of a file, and the whole file for layouts that are read from the end. */
export interface SampledBytes {
  path: string
  bytes: Uint8Array
  file: RandomAccess
}

interface Read {
  texts: string[]
  /** Lines that are not UTF-8, and UTF-8 lines with more than ASCII. */
  broken: number
  wide: number
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes that no text has.
const CONTROLS = /[\0-\x08\x0e-\x1a]/
const MORE_THAN_ASCII = /[^\p{ASCII}]/u

async function read(
  { path, bytes, file }: SampledBytes,
  encoding: Encoding,
): Promise<Read | Foreign> {
  const body = Readable.from([Buffer.from(bytes)])
  const facts = { name: path, declared: 'any' as const, encoding }
  const found: Read = { texts: [], broken: 0, wide: 0 }
  for await (const portion of readLines({ body, file }, facts, {}, Number.POSITIVE_INFINITY)) {
    if ('foreign' in portion) return portion
    if (!('lines' in portion)) return found
    for (const { bytes: line } of portion.lines) {
      const text = decodeText(line)
      if (typeof text !== 'string') found.broken++
      else if (text.trim() !== '') {
        found.texts.push(text)
        if (MORE_THAN_ASCII.test(text)) found.wide++
      }
      if (found.texts.length + found.broken >= MOST_LINES) return found
    }
  }
  return found
}

/** Whether the lines are not text: they have control characters, or almost no ASCII digits and separators. */
function isBinary(texts: readonly string[]): boolean {
  const whole = texts.join('')
  const ascii = whole.replace(/[^\x20-\x7e]+/g, '').length
  const controlled = texts.filter((text) => CONTROLS.test(text)).length
  return ascii * 5 < whole.length || controlled * 10 > texts.length
}

/** The lines of a log's first bytes, unpacked and decoded. */
export async function sampleLines(sampled: SampledBytes): Promise<TextSample> {
  const first = await read(sampled, 'utf-8')
  if ('foreign' in first) {
    const { container } = first.foreign
    if (container !== 'utf-16le' && container !== 'utf-16be') return { foreign: first }
    const wide = await read(sampled, container)
    return 'foreign' in wide
      ? { foreign: wide }
      : { lines: wide.texts, encoding: container, isEncodingSure: true }
  }
  if (first.broken <= first.wide)
    return { lines: first.texts, encoding: 'utf-8', isEncodingSure: true }
  const western = await read(sampled, 'windows-1252')
  if ('foreign' in western) return { foreign: western }
  if (isBinary(western.texts))
    return { lines: first.texts, encoding: 'utf-8', isEncodingSure: true }
  // Words of other alphabets, and of two bytes a letter, are runs of letters beyond ASCII.
  const runs = western.texts.filter((text) => /[\u0080-\uffff]{3}/.test(text)).length
  const isEncodingSure = first.wide === 0 && runs * 10 <= first.broken
  return { lines: western.texts, encoding: 'windows-1252', isEncodingSure }
}
