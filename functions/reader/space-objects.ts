import { spaceManifestSchema } from '../contract/embedding-manifest.ts'
import { embeddingsPk, placedRowSchema, placedSk } from '../contract/embedding-rows.ts'
import type { Part } from '../contract/part.ts'
import type { VectorSide } from '../contract/vector-index.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import { openVectorIndex, type VectorIndex } from '../embeddings/vector-index/open.ts'
import { openPlaced, type Placed } from '../embeddings/vector-index/overlay.ts'
import { readChecked, readCheckedJson } from './read-checked.ts'
import type { Timer } from './timer.ts'

export interface SpaceObjectOptions {
  scene: string
  models: Pick<ObjectStore, 'get'>
  online: Pick<TableStore, 'get'>
  timer: Timer
  onFault: (fault: unknown, during: string) => void
  /** The row that names the newest placed items is read again after this time, and an index after a fault. */
  placedMs: number
}

/** The objects of one generation, each read when it is first asked for. */
export interface SpaceObjects {
  generation: string
  /** Throws ObjectMissing and CorruptArtifact. */
  index(side: VectorSide): Promise<VectorIndex>
  /**
   * Items that were placed since the generation was trained. Null: none was yet. After a fault the former ones
   * stay, and the fault is reported.
   */
  placed(): Promise<Placed | null>
}

/** The part of a release that names the manifest of its vector indexes. */
type IndexPart = Pick<Part, 'key' | 'sha256' | 'generation'>

/** The served generation, a canary's, and one that a flip has just replaced. */
const MAX_GENERATIONS = 3

/** Calls `read` once. After a fault all calls have that fault until `placedMs` later, when one reads again. */
function readOnce<Value>(
  { timer, placedMs }: SpaceObjectOptions,
  read: () => Promise<Value>,
): () => Promise<Value> {
  let value: Promise<Value> | null = null
  return () => {
    value ??= read().catch((fault) => {
      timer(() => {
        value = null
      }, placedMs)
      throw fault
    })
    return value
  }
}

/** The placed items of a generation, read again `placedMs` after the last read. */
function watchPlaced(options: SpaceObjectOptions, generation: string): SpaceObjects['placed'] {
  const { scene, models, online, timer, placedMs, onFault } = options
  let key: string | null = null
  let known: Placed | null = null
  let reading: Promise<Placed | null> | null = null
  async function read(): Promise<Placed | null> {
    const row = await online.get(embeddingsPk(scene), placedSk(generation))
    if (!row) return null
    const named = placedRowSchema.parse(row)
    if (named.key === key) return known
    const { header, table } = decodeSpace(await readChecked(models, named), named.key)
    key = named.key
    known = openPlaced({ ...header, table })
    return known
  }
  return () => {
    reading ??= read()
      .catch((fault) => {
        onFault(fault, `reading the placed items of ${scene}`)
        return known
      })
      .finally(() =>
        timer(() => {
          reading = null
        }, placedMs),
      )
    return reading
  }
}

function openGeneration(options: SpaceObjectOptions, part: IndexPart): SpaceObjects {
  const { models } = options
  const manifest = readOnce(options, () => readCheckedJson(models, part, spaceManifestSchema))
  const open = (side: VectorSide) =>
    readOnce(options, async () => {
      const file = (await manifest()).files[side]
      return openVectorIndex(await readChecked(models, file), file.key)
    })
  const indexes = { in: open('in'), out: open('out') }
  const { generation } = part
  return {
    generation,
    index: (side) => indexes[side](),
    placed: watchPlaced(options, generation),
  }
}

/** Answers the objects of a generation. Those of the last three generations stay in memory. */
export function openSpaceObjects(options: SpaceObjectOptions) {
  const known = new Map<string, SpaceObjects>()
  return (part: IndexPart): SpaceObjects => {
    const { generation } = part
    const space = known.get(generation) ?? openGeneration(options, part)
    known.delete(generation)
    known.set(generation, space)
    if (known.size > MAX_GENERATIONS) known.delete(known.keys().next().value!)
    return space
  }
}
