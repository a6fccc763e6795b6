import type { StatementKind } from '../contract/events.ts'
import type { StatedDrop } from '../contract/graph-objects.ts'
import {
  cleanEntitiesKey,
  cleanEntitiesPrefix,
  type DropName,
  dropManifestKey,
  dropManifestPrefix,
  openDropName,
  parseCleanEntitiesKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'

/** Clean files of one kind from an arrival on, by the drop. */
async function listFiles(
  lake: Pick<ObjectStore, 'list'>,
  scene: string,
  kind: StatementKind,
  fromMs: number,
): Promise<Map<string, string[]>> {
  const from = cleanEntitiesKey({ scene, kind, arrivalMs: fromMs, drop: '', part: 0 })
  const found = new Map<string, string[]>()
  for (const { key } of await lake.list(cleanEntitiesPrefix(scene, kind), from)) {
    const name = parseCleanEntitiesKey(key)
    if (!name) continue
    const drop = openDropName(name)
    const keys = found.get(drop)
    if (keys) keys.push(key)
    else found.set(drop, [key])
  }
  return found
}

const compareArrivals = (a: DropName, b: DropName): number =>
  a.arrivalMs - b.arrivalMs || (a.drop < b.drop ? -1 : 1)

/**
 * The drops of [fromMs, throughMs] with statements about items or documents, in the order of arrival. A drop without
 * its manifest is not there. Only lists: no object is read.
 */
export async function readDrops(
  lake: Pick<ObjectStore, 'list'>,
  scene: string,
  fromMs: number,
  throughMs: number,
): Promise<StatedDrop[]> {
  const [items, documents] = await Promise.all([
    listFiles(lake, scene, 'items', fromMs),
    listFiles(lake, scene, 'documents', fromMs),
  ])
  const from = dropManifestKey(scene, { arrivalMs: fromMs, drop: '' })
  return (await lake.list(dropManifestPrefix(scene), from))
    .flatMap(({ key }) => parseDropManifestKey(key) ?? [])
    .filter(({ arrivalMs }) => arrivalMs <= throughMs)
    .map(({ arrivalMs, drop }) => {
      const name = openDropName({ arrivalMs, drop })
      const files = { items: items.get(name) ?? [], documents: documents.get(name) ?? [] }
      return { arrivalMs, drop, ...files }
    })
    .filter((drop) => drop.items.length + drop.documents.length > 0)
    .sort(compareArrivals)
}
