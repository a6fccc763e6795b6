import { BrokenBody, ObjectMissing } from '../../core/errors.ts'
import type { ObjectInfo, ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { PAGE_BYTES, type PagedRange } from '../segment/page-sums.ts'
import type { PageSource, ReadCounts } from './page-source.ts'

/** One connection to S3 gives some 80 MB/s: longer ranges are read in parts. */
const PART_BYTES = 4 * 2 ** 20

/** Ranges of one object that never changes: written again, it has the same bytes. */
export type ReadRange = (from: number, through: number) => Promise<Uint8Array>

/** Opens an object for reads of ranges. Throws ObjectMissing. */
export async function openRanges(
  store: Pick<ObjectStore, 'range' | 'head' | 'bucket'>,
  key: string,
  counts: ReadCounts,
): Promise<{ bytes: number; read: ReadRange }> {
  const find = async (): Promise<ObjectInfo> => {
    const info = await store.head(key)
    if (!info) throw new ObjectMissing(`no object s3://${store.bucket}/${key}`)
    // A version is read only with a permission of its own, and these objects have one version.
    return { ...info, versionId: null }
  }
  let info = await find()
  const readPart = async (from: number, through: number): Promise<Uint8Array> => {
    counts.requests++
    counts.bytes += through - from
    try {
      return await store.range(info, from, through)
    } catch (error) {
      // A repeated drop wrote the same bytes once more, under a new etag.
      if (!(error instanceof BrokenBody)) throw error
      info = await find()
      return store.range(info, from, through)
    }
  }
  async function read(from: number, through: number): Promise<Uint8Array> {
    if (through - from <= PART_BYTES) return readPart(from, through)
    const starts: number[] = []
    for (let at = from; at < through; at += PART_BYTES) starts.push(at)
    const whole = new Uint8Array(through - from)
    await readEach(starts, async (at) => {
      whole.set(await readPart(at, Math.min(at + PART_BYTES, through)), at - from)
    })
    return whole
  }
  return { bytes: info.bytes, read }
}

/** Pages as ranges of the object `index`. */
export const objectPages = (read: ReadRange, { at, end: limit }: PagedRange): PageSource => ({
  read: (first, end) => read(at + first * PAGE_BYTES, Math.min(at + end * PAGE_BYTES, limit)),
})
