import { type WideEncoding, wideEncodingOf } from './sniff/bytes.ts'
import { type BinaryContainer, binaryContainerOf } from './sniff/magic.ts'
import { type DeclaredLines, type TextContainer, textContainerOf } from './sniff/text.ts'

/** What an object's unpacked bytes are, if they are not one record per line. */
export type Sniffed =
  | { container: BinaryContainer }
  /** Parquet inside another compression, which only the reader of rows can see. */
  | { container: 'packed-parquet' }
  | { container: WideEncoding }
  | TextContainer
  /** All bytes are one line, longer than a line may be. */
  | { container: 'one-line'; bytes: number }
export type Container = Sniffed['container']

/** Facts about the object besides its bytes. */
export interface SniffFacts {
  /** Key or path of the object. */
  name: string
  declared: DeclaredLines
}

/**
 * Names what the bytes are; null if they may be one record per line, valid or not. A missed case
 * costs quarantined records, but a wrong name costs the whole log. So it is null in doubt.
 */
export function sniff(
  head: Buffer,
  isWhole: boolean,
  { name, declared }: SniffFacts,
): Sniffed | null {
  return sniffBytes(head, name) ?? textContainerOf(head, isWhole, declared)
}

/** As `sniff`, but only for bytes that cannot be lines of text. */
export function sniffBytes(head: Buffer, name: string): Sniffed | null {
  const binary = binaryContainerOf(head, name)
  if (binary) return { container: binary }
  const encoding = wideEncodingOf(head)
  return encoding && { container: encoding }
}
