import type { DropManifest } from '../../functions/contract/accounts.ts'
import type { Attributes } from '../../functions/contract/events.ts'
import { cleanEntitiesKey, dropManifestKey } from '../../functions/contract/keys.ts'
import { ENTITY_COLUMNS } from '../../functions/contract/rows.ts'
import { canonicalJson, sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { writeParquet } from '../../functions/core/parquet.ts'

/** A statement about an item or a document, as a producer makes it. */
export interface Stated {
  id: string
  timeMs: number
  attributes?: Attributes
  title?: string
  text?: string
}

/**
 * Writes a drop of statements as intake does: its clean files, of so many statements each, then the manifest. Returns
 * the manifest's key.
 */
export async function putStatements(
  lake: ObjectStore,
  kind: 'items' | 'documents',
  arrivalMs: number,
  statements: readonly Stated[],
  scene = 'feed',
  rowsPerFile = Number.POSITIVE_INFINITY,
): Promise<string> {
  const drop = sha256Hex(`${arrivalMs} ${canonicalJson(statements)}`).slice(0, 32)
  const rows = statements.map(({ id, timeMs, attributes = {}, title, text }, row) => ({
    ...{ id, knowableMs: Math.max(timeMs, arrivalMs), attributes: canonicalJson(attributes) },
    ...{ title: title ?? null, text: text ?? null, drop, row },
  }))
  const files: DropManifest['files'] = []
  for (let from = 0; from < rows.length || from === 0; from += rowsPerFile) {
    const own = rows.slice(from, from + rowsPerFile)
    const key = cleanEntitiesKey({ scene, kind, arrivalMs, drop, part: files.length })
    const bytes = writeParquet(ENTITY_COLUMNS, own)
    await lake.put(key, bytes)
    files.push({ key, rows: own.length, sha256: sha256Hex(bytes) })
  }
  const manifest: DropManifest = {
    ...{ scene, kind, rawKey: `raw/${scene}/${kind}/a.jsonl`, drop, arrivalMs, format: 'jsonl' },
    ...{ bytes: 1, read: rows.length, accepted: rows.length, quarantined: {}, events: 0 },
    ...{ byHour: {}, files },
    ...{ quarantineFiles: [], refused: null, codeDigest: 'code' },
  }
  const manifestKey = dropManifestKey(scene, { arrivalMs, drop })
  await lake.put(manifestKey, JSON.stringify(manifest))
  return manifestKey
}
