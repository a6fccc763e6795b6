import { type Family, scenePrefixOf } from '../contract/family.ts'
import type { ObjectStore } from '../core/objects.ts'
import { hasHash } from './person.ts'
import { jsonWithoutPerson, linesWithoutPerson } from './rewrite-json.ts'
import { withoutPerson } from './rewrite-parquet.ts'
import type { Change, Job, Step, Unit } from './step.ts'

/** The objects of a family in one scene. A pattern such as `findings/*` has no folder for the scene itself. */
export const familyPrefix = (family: Family, scene: string): string => {
  const prefix = scenePrefixOf(family, scene)
  return prefix.endsWith(scene) ? `${prefix}/` : prefix
}

const JSON_TYPE = 'application/json'
const decoder = new TextDecoder()

/**
 * The object without the person, by the form that its name says. Null: nothing is to be written. An object of another
 * form stays, and the scan reports it.
 */
async function planRewrite(key: string, bytes: Uint8Array, user: string) {
  if (key.endsWith('.parquet')) {
    const found = await withoutPerson(bytes, user, key)
    return found && { body: found.bytes, rows: found.removed.length, type: undefined }
  }
  if (!hasHash(bytes, user)) return null
  const isJson = /\.jsonl?$/.test(key)
  const text = decoder.decode(bytes)
  const body = key.endsWith('.jsonl')
    ? linesWithoutPerson(text, user)
    : isJson && jsonWithoutPerson(text, user)
  return body ? { body, rows: 1, type: JSON_TYPE } : null
}

/** Writes an object again without the person, under its own key. Null: it does not name the person. */
export async function planObject(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  user: string,
): Promise<Change | null> {
  const planned = await planRewrite(key, bytes, user)
  return (
    planned && {
      ...{ rows: planned.rows, rewritten: 1, deleted: 0 },
      apply: () => store.put(key, planned.body, planned.type),
    }
  )
}

/** The keys of a family after a cursor, each with its bytes. An object that is deleted meanwhile is left out. */
export async function* objectsOf(
  store: ObjectStore,
  prefix: string,
  cursor: string | null,
): AsyncGenerator<{ key: string; bytes: Uint8Array }> {
  for (const { key } of await store.list(prefix, cursor ?? undefined)) {
    const bytes = await store.find(key)
    if (bytes !== null) yield { key, bytes }
  }
}

export const unitOf = (key: string, bytes: Uint8Array, change: Change | null): Unit => ({
  ...{ cursor: key, objects: 1, bytes: bytes.byteLength, rows: 0 },
  ...(change && { change }),
})

/** Every object of a family of the lake that names the person is written again without. */
export const rewriteFamily = (name: string, family: Family): Step => ({
  name,
  async *units({ lake, scene, user }: Job, cursor) {
    for await (const { key, bytes } of objectsOf(lake, familyPrefix(family, scene), cursor))
      yield unitOf(key, bytes, await planObject(lake, key, bytes, user))
  },
})
