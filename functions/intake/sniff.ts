import { type WideEncoding, wideEncodingOf } from './sniff/bytes.ts'
import { type BinaryContainer, binaryContainerOf } from './sniff/magic.ts'
import { type DeclaredLines, type TextContainer, textContainerOf } from './sniff/text.ts'

/** What an object's unpacked bytes are, where they are not records a line. */
export type Sniffed =
  | { container: BinaryContainer }
  /** Found by who reads it: its own bytes are packed once more. */
  | { container: 'packed-parquet' }
  | { container: WideEncoding }
  | TextContainer
  /** No line feed in all its bytes, more than a line may have. */
  | { container: 'one-line'; bytes: number }
export type Container = Sniffed['container']

/** What is known of the bytes besides them. */
export interface SniffFacts {
  /** Key or path of the object. */
  name: string
  declared: DeclaredLines
}

/**
 * Names what the bytes are; null where they may be records a line, whatever the records are worth. A
 * miss costs the records' own reasons in quarantine, a false name a whole log: in doubt it is null.
 */
export function sniff(
  head: Buffer,
  isWhole: boolean,
  { name, declared }: SniffFacts,
): Sniffed | null {
  return sniffBytes(head, name) ?? textContainerOf(head, isWhole, declared)
}

/** As `sniff`, for bytes that are not taken for lines of text at all. */
export function sniffBytes(head: Buffer, name: string): Sniffed | null {
  const binary = binaryContainerOf(head, name)
  if (binary) return { container: binary }
  const encoding = wideEncodingOf(head)
  return encoding && { container: encoding }
}
