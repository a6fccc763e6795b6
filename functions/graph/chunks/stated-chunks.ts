import type { StatedChunks } from '../../contract/documents.ts'
import { canonicalJson } from '../../core/digest.ts'
import type { ChunkStatement, StatedDocument } from './chunk-statements.ts'

const ID_BYTES = 16
const DIGEST_BYTES = 8
const CHUNK_BYTES = ID_BYTES + DIGEST_BYTES

type Version = Pick<StatedChunks, 'knowableMs' | 'drop' | 'row'>

/** Whether a statement comes after another one about the same document: as of all statements, the greatest holds. */
export const isLater = (a: Version, b: Version): boolean =>
  (a.knowableMs - b.knowableMs ||
    (a.drop < b.drop ? -1 : a.drop > b.drop ? 1 : 0) ||
    a.row - b.row) > 0

/** What a document's statement makes of its chunks, as a row keeps it. */
export function statedOf(
  { knowableMs, drop, row }: Version,
  chunks: readonly ChunkStatement[],
): StatedChunks {
  const version = { knowableMs, drop, row }
  if (chunks.length === 0) return version
  const packed = Buffer.from(chunks.map(({ id, digest }) => `${id}${digest}`).join(''), 'hex')
  return { ...version, chunks: new Uint8Array(packed) }
}

/** Digests of the chunks that are stated, by id, in their order. */
function digestsOf(stated: StatedChunks | undefined): Map<string, string> {
  const digests = new Map<string, string>()
  const packed = Buffer.from(stated?.chunks ?? [])
  for (let at = 0; at < packed.length; at += CHUNK_BYTES)
    digests.set(
      packed.toString('hex', at, at + ID_BYTES),
      packed.toString('hex', at + ID_BYTES, at + CHUNK_BYTES),
    )
  return digests
}

/**
 * Lines that lead from what is stated to a document's chunks: gone ones first, then those that are new, or whose text or
 * attributes are not what was stated, such as their place in the document. Others are not stated again.
 */
export function changeLines(
  { knowableMs: timeMs }: StatedDocument,
  stated: StatedChunks | undefined,
  chunks: readonly ChunkStatement[],
  goneIf: string,
): string[] {
  const before = digestsOf(stated)
  const now = new Set(chunks.map(({ id }) => id))
  const gone = [...before.keys()]
    .filter((id) => !now.has(id))
    .map((id) => ({ id, timeMs, attributes: { [goneIf]: true } }))
  const changed = chunks
    .filter(({ id, digest }) => before.get(id) !== digest)
    .map(({ id, text, attributes }) => ({ id, timeMs, text, attributes }))
  return [...gone, ...changed].map(canonicalJson)
}

export const isSame = (a: StatedChunks, b: StatedChunks): boolean =>
  a.drop === b.drop &&
  a.row === b.row &&
  a.knowableMs === b.knowableMs &&
  Buffer.from(a.chunks ?? []).equals(Buffer.from(b.chunks ?? []))
