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

/** Writes a drop of statements as intake does: the clean file, then the manifest. Returns the manifest's key. */
export async function putStatements(
  lake: ObjectStore,
  kind: 'items' | 'documents',
  arrivalMs: number,
  statements: readonly Stated[],
  scene = 'feed',
): Promise<string> {
  const drop = sha256Hex(`${arrivalMs} ${canonicalJson(statements)}`).slice(0, 32)
  const rows = statements.map(({ id, timeMs, attributes = {}, title, text }, row) => ({
    ...{ id, knowableMs: Math.max(timeMs, arrivalMs), attributes: canonicalJson(attributes) },
    ...{ title: title ?? null, text: text ?? null, drop, row },
  }))
  const key = cleanEntitiesKey({ scene, kind, arrivalMs, drop, part: 0 })
  const bytes = writeParquet(ENTITY_COLUMNS, rows)
  await lake.put(key, bytes)
  const manifest: DropManifest = {
    ...{ scene, kind, rawKey: `raw/${scene}/${kind}/a.jsonl`, drop, arrivalMs, format: 'jsonl' },
    ...{ bytes: 1, read: rows.length, accepted: rows.length, quarantined: {}, events: 0 },
    ...{ byHour: {}, files: [{ key, rows: rows.length, sha256: sha256Hex(bytes) }] },
    ...{ quarantineFiles: [], refused: null, codeDigest: 'code' },
  }
  const manifestKey = dropManifestKey(scene, { arrivalMs, drop })
  await lake.put(manifestKey, JSON.stringify(manifest))
  return manifestKey
}
