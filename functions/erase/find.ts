import { gunzipSync } from 'node:zlib'
import { readArchive } from '../core/archive.ts'
import { hasHash } from './person.ts'
import { countNamed } from './rewrite-parquet.ts'

/** An unpacked archive is in memory at once. */
const MAX_ARCHIVE_BYTES = 1024 * 2 ** 20

export interface Found {
  isNamed: boolean
  /** It is not of the form that its name says: nobody knows what it holds. */
  isUnreadable?: boolean
  /** Rows that were read, of Parquet. */
  rows: number
}

/**
 * Looks for the hash in an object, by the form that its name says: in every text and state of Parquet, in the files of
 * an archive, in what gzip packs, or in the bytes.
 */
export async function findIn(key: string, bytes: Uint8Array, user: string): Promise<Found> {
  try {
    return await findUnpacked(key, bytes, user)
  } catch {
    return { isNamed: hasHash(bytes, user), isUnreadable: true, rows: 0 }
  }
}

async function findUnpacked(key: string, bytes: Uint8Array, user: string): Promise<Found> {
  if (key.endsWith('.parquet')) {
    const { read, named } = await countNamed(bytes, user, key)
    return { isNamed: named > 0, rows: read }
  }
  if (key.endsWith('.tar.gz')) {
    let rows = 0
    let isNamed = false
    for (const [name, file] of await readArchive(bytes, key, MAX_ARCHIVE_BYTES)) {
      const found = await findUnpacked(name, file, user)
      rows += found.rows
      isNamed ||= found.isNamed
    }
    return { isNamed, rows }
  }
  const unpacked = key.endsWith('.gz')
    ? gunzipSync(bytes, { maxOutputLength: MAX_ARCHIVE_BYTES })
    : bytes
  return { isNamed: hasHash(unpacked, user), rows: 0 }
}
