import type { VectorIndexOrigin } from '../../../contract/vector-index.ts'
import { QuartermasterError } from '../../../core/errors.ts'
import { buildVectorIndex } from '../build.ts'
import { openVectorIndex, type VectorIndex } from '../open.ts'
import { searchBoth } from '../overlay.ts'
import type { Vectors } from '../sorted-vectors.ts'
import { openTable, type VectorTableSearch } from '../table.ts'
import {
  isWorthAsking,
  prepareVectors,
  type StoredVector,
  type VectorSet,
  type VectorStore,
} from './store.ts'

/** Changes that are searched beside an index before it is built again: this many, and this share of it. */
const MAX_CHANGES = 1000
const MAX_CHANGED_SHARE = 0.1

interface OwnSet {
  set: VectorSet
  vectors: Map<string, StoredVector>
  /** Of all vectors but those that changed since. */
  index: VectorIndex | null
  changed: Set<string>
  /** Of those that changed and are there. Null: it is to be opened again. */
  newer: VectorTableSearch | null
}
export interface OwnStoreOptions extends Omit<VectorIndexOrigin, 'generation'> {
  seed: number
  minRecall: number
}

/** The vectors of these ids, as an index takes them. */
function tableOf({ set, vectors }: OwnSet, ids: readonly string[]): Vectors {
  const { dimensions, side } = set
  const table = new Float32Array(ids.length * dimensions)
  for (const [row, id] of ids.entries()) table.set(vectors.get(id)!.vector, row * dimensions)
  if (side === 'in') return { ids, vectors: table, dimensions, metric: 'cosine' }
  const bias = Float64Array.from(ids, (id) => vectors.get(id)!.bias)
  return { ids, vectors: table, dimensions, metric: 'inner-product', bias }
}

function change(own: OwnSet, id: string): void {
  own.changed.add(id)
  own.newer = null
}

/** The index, built again where too much has changed, and a table of what changed since. */
function openSet(own: OwnSet, { seed, minRecall, ...origin }: OwnStoreOptions) {
  const { vectors, changed, set } = own
  const allowed = Math.max(MAX_CHANGES, MAX_CHANGED_SHARE * (own.index?.header.count ?? 0))
  if (!own.index || changed.size > allowed) {
    const { generation } = set
    const table = tableOf(own, [...vectors.keys()])
    const bytes = buildVectorIndex({
      ...{ ...table, seed, minRecall, origin: { ...origin, generation } },
    })
    own.index = openVectorIndex(bytes, `${generation}/${set.side}`)
    changed.clear()
    own.newer = null
  }
  own.newer ??= openTable(
    tableOf(
      own,
      [...changed].filter((id) => vectors.has(id)),
    ),
  )
  return { index: own.index, newer: own.newer }
}

/**
 * Our own index, in the memory of one process: an index, and a table of what changed since it was built.
 * What a deployed reader has in `.qmv` and placed objects, for one machine and for tests.
 */
export function ownStore(options: OwnStoreOptions): VectorStore {
  const sets = new Map<string, OwnSet>()
  const keyOf = ({ generation, side }: VectorSet): string => `${generation}/${side}`
  return {
    maxK: Number.MAX_SAFE_INTEGER,
    async put(set, vectors) {
      const { rows, refused } = prepareVectors(set, vectors, () => null)
      const own: OwnSet = sets.get(keyOf(set)) ?? {
        ...{ set, vectors: new Map(), index: null, changed: new Set(), newer: null },
      }
      if (own.set.dimensions !== set.dimensions)
        throw new QuartermasterError(
          `Vector index ${keyOf(set)}: got ${own.set.dimensions} dimensions, expected ${set.dimensions}`,
        )
      sets.set(keyOf(set), own)
      const given = new Map(vectors.map((vector) => [vector.id, vector]))
      for (const { id } of rows) {
        own.vectors.set(id, { ...given.get(id)!, vector: given.get(id)!.vector.slice() })
        change(own, id)
      }
      for (const { id } of refused) if (own.vectors.delete(id)) change(own, id)
      return { written: rows.length, refused }
    },
    async delete(set, ids) {
      const own = sets.get(keyOf(set))
      for (const id of ids) if (own?.vectors.delete(id)) change(own, id)
    },
    async search(set, query, k) {
      const own = sets.get(keyOf(set))
      if (!isWorthAsking(k, Number.MAX_SAFE_INTEGER) || !own) return []
      const { index, newer } = openSet(own, options)
      const isUnchanged = (id: string): boolean => !own.changed.has(id)
      return searchBoth(index, newer, query, { k, isUnchanged })
    },
    async generations() {
      return [...new Set([...sets.values()].map(({ set }) => set.generation))].sort()
    },
    async drop(generation) {
      for (const [key, { set }] of sets) if (set.generation === generation) sets.delete(key)
    },
  }
}
