import { MAX_LINE_BYTES } from '../limits.ts'
import { type Sniffed, type SniffFacts, sniff, sniffBytes } from '../sniff.ts'
import type { Unpacked } from '../unpack.ts'
import { ENOUGH_LINE_FEEDS, readsRows } from './text.ts'

const HEAD_BYTES = 64 * 2 ** 10
const LF = 0x0a
const BLANKS: readonly number[] = [LF, 0x0d, 0x20, 0x09]
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => BLANKS.includes(byte))

/** Comes before the bytes of a JSON array, if the format reads arrays. */
export interface BeginsArray {
  isArray: true
}

/** What an object is, if it is not one record per line. None of it was returned as lines. */
export interface Foreign {
  foreign: Sniffed
  /** The name says that it is packed, but it is not. */
  isMisnamed: boolean
}

/**
 * Reads the beginning of an object: enough bytes and line feeds, or more than one line may have.
 */
async function readHead(unpacked: AsyncIterator<Unpacked>) {
  const held: Unpacked[] = []
  const chunks: Buffer[] = []
  let bytes = 0
  let lineFeeds = 0
  let isWhole = false
  while (bytes <= MAX_LINE_BYTES && (bytes < HEAD_BYTES || lineFeeds < ENOUGH_LINE_FEEDS)) {
    const next = await unpacked.next()
    isWhole = next.done === true
    if (next.done) break
    held.push(next.value)
    if (!('chunk' in next.value)) break
    const { chunk } = next.value
    chunks.push(chunk)
    bytes += chunk.length
    let at = chunk.indexOf(LF)
    for (; at !== -1 && lineFeeds < ENOUGH_LINE_FEEDS; at = chunk.indexOf(LF, at + 1)) lineFeeds++
  }
  const head = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  return { held, head, lineFeeds, isWhole }
}

/**
 * Passes on an object whose head is one line, longer than a line may be. Returns its total bytes if
 * the whole object is that line, and null if another line follows. No line ends before that is
 * known.
 */
async function* passOneLine(
  unpacked: AsyncIterator<Unpacked>,
  headBytes: number,
): AsyncGenerator<Unpacked, number | null> {
  let bytes = headBytes
  let heldBytes = 0
  const held: Unpacked[] = []
  for (let next = await unpacked.next(); !next.done; next = await unpacked.next()) {
    const part = next.value
    const chunk = 'chunk' in part ? part.chunk : null
    const end = chunk === null || held.length > 0 ? 0 : chunk.indexOf(LF)
    bytes += chunk?.length ?? 0
    if (end === -1) {
      yield part
      continue
    }
    held.push(part)
    heldBytes += chunk?.length ?? 0
    if (chunk === null || !isBlank(chunk.subarray(end)) || heldBytes > MAX_LINE_BYTES) {
      yield* held
      return null
    }
  }
  return bytes
}

/**
 * Passes on an object's chunks if its head looks like one record per line, or a JSON array of
 * records. Otherwise it only reports what the object is. Memory: the head, 1 MiB and a chunk.
 */
export async function* sniffChunks(
  unpacked: AsyncGenerator<Unpacked>,
  facts: SniffFacts,
): AsyncGenerator<Unpacked | Foreign | BeginsArray> {
  try {
    const { held, head, lineFeeds, isWhole } = await readHead(unpacked)
    const last = held.at(-1)
    const misnamed = last && 'break' in last && last.head ? sniffBytes(last.head, facts.name) : null
    const found = misnamed ?? sniff(head, isWhole, facts)
    if (found?.container === 'json-array' && readsRows(facts.declared)) {
      yield { isArray: true }
      yield* held
      yield* unpacked
      return
    }
    const isOneLine = !isWhole && lineFeeds === 0 && head.length > MAX_LINE_BYTES
    // Valid lines may follow a line that is too long, so its form does not decide.
    const mayEnd = isOneLine && sniffBytes(head, facts.name) === null
    if (found && !mayEnd) {
      yield { foreign: found, isMisnamed: misnamed !== null }
      return
    }
    yield* held
    const bytes = mayEnd ? yield* passOneLine(unpacked, head.length) : null
    if (bytes === null) yield* unpacked
    else yield { foreign: found ?? { container: 'one-line', bytes }, isMisnamed: false }
  } finally {
    await unpacked.return(undefined)
  }
}
