import { sha256Hex } from '../core/digest.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'

/** The bytes of an object. Throws ObjectMissing, and CorruptArtifact where they have another digest. */
export async function readChecked(
  models: Pick<ObjectStore, 'get'>,
  { key, sha256 }: { key: string; sha256: string | null },
): Promise<Uint8Array> {
  const bytes = await models.get(key)
  const found = sha256Hex(bytes)
  if (found === sha256) return bytes
  throw new CorruptArtifact(`${key}: got SHA-256 ${found}, expected ${sha256} as written`)
}

/** The value of a JSON object, by its schema. Throws as readChecked. */
export async function readCheckedJson<Value>(
  models: Pick<ObjectStore, 'get'>,
  file: { key: string; sha256: string | null },
  schema: { parse(value: unknown): Value },
): Promise<Value> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await readChecked(models, file))))
}
