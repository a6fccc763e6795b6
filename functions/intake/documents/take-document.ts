import { type DocumentFormat, FORMAT_ATTRIBUTE } from '../../contract/documents.ts'
import type { Body } from '../digested-body.ts'
import type { Landed, Refusal } from '../drop.ts'
import type { Made } from '../records.ts'
import type { TakenRecords } from '../taken-records.ts'
import { documentIdOf } from './document-format.ts'
import { readDocument } from './read-document.ts'

/**
 * Takes a document file in as one statement: `id` is its path, `text` what it says, `format` its format. Null, or why
 * it is refused.
 */
export async function takeDocument(
  body: Body,
  { rawKey }: Landed,
  format: DocumentFormat,
  makeOf: (record: Record<string, unknown>) => NonNullable<Made>,
  taken: TakenRecords,
): Promise<Refusal | null> {
  const found = await readDocument(body, rawKey, format)
  if ('refused' in found) return found.refused
  const line = { line: 1, byteOffset: 0, length: found.bytes, bytes: found.head }
  if ('break' in found) {
    await taken.add(found.break, line)
    return null
  }
  const { title, text } = found
  const made = makeOf({
    id: documentIdOf(rawKey),
    ...(title !== null && { title }),
    text,
    attributes: { [FORMAT_ATTRIBUTE]: format },
  })
  await taken.add(made, line)
  return null
}
