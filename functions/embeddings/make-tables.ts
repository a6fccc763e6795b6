import type { VectorTable } from '../contract/space.ts'
import { type SpaceTables, visitCommon } from './align/space-tables.ts'
import type { NodeVectors } from './deepwalk/training.ts'
import { type Graph, NODE_KINDS, type NodeKind } from './graph/graph.ts'
import { type PlacementModels, predictByContent } from './placement/learn-placement.ts'
import { placeNewcomers } from './placement/place-newcomers.ts'
import type { TrainedSpace } from './placement/trained-space.ts'
import type { Entity, World } from './read-world.ts'
import type { Interactions } from './recommend/interactions.ts'

/** Rows of a matrix for other ids; zeros for an id that the matrix has not. Both lists ascend. */
export function rowsFor(
  ids: readonly string[],
  { ids: own }: Pick<VectorTable, 'ids'>,
  matrix: Float32Array,
): Float32Array {
  const width = matrix.length / Math.max(1, own.length)
  const rows = new Float32Array(ids.length * width)
  visitCommon(ids, own, (row, from) =>
    rows.set(matrix.subarray(from * width, (from + 1) * width), row * width),
  )
  return rows
}

/** The content of entities, by the ascending ids of a table: n × contentDimensions. Null: none has any. */
function contentOf(
  ids: readonly string[],
  entities: readonly Entity[],
  contentDimensions: number,
): Float32Array | null {
  if (!entities.some(({ content }) => content)) return null
  const rows = new Float32Array(ids.length * contentDimensions)
  const own = entities.map(({ id }) => id)
  visitCommon(ids, own, (row, at) => {
    const { content } = entities[at]!
    if (content) rows.set(content, row * contentDimensions)
  })
  return rows
}

/** The nodes of one kind: they stand together. */
function nodesOf({ kinds }: Graph, kind: NodeKind): [from: number, to: number] {
  const number = NODE_KINDS.indexOf(kind)
  const from = kinds.indexOf(number)
  return from < 0 ? [0, 0] : [from, kinds.lastIndexOf(number) + 1]
}

function tableOf(
  graph: Graph,
  vectors: NodeVectors,
  kind: NodeKind,
  entities: readonly Entity[],
  contentDimensions: number,
  hasEdges: (id: string) => boolean = () => true,
): VectorTable {
  const [from, to] = nodesOf(graph, kind)
  const width = vectors.in.length / Math.max(1, graph.ids.length)
  const ids = graph.ids.slice(from, to)
  const rows = (matrix: Float32Array) => matrix.slice(from * width, to * width)
  return {
    ids,
    in: rows(vectors.in),
    out: kind === 'item' ? rows(vectors.out) : null,
    degree: Float64Array.from(ids, (id, n) =>
      hasEdges(id)
        ? graph.weights
            .subarray(graph.offsets[from + n], graph.offsets[from + n + 1])
            .reduce((sum, weight) => sum + weight, 0)
        : 0,
    ),
    content: contentOf(ids, entities, contentDimensions),
  }
}

/**
 * The trained vectors of a graph's nodes, by kind. Attributes have done their work. An item that no user acted on has
 * only edges to what describes it: it counts as new, with degree 0.
 */
export function tablesOf(
  graph: Graph,
  vectors: NodeVectors,
  { items, documents }: Pick<World, 'items' | 'documents'>,
  interactions: Pick<Interactions, 'items'>,
  { dimensions, contentDimensions }: { dimensions: number; contentDimensions: number },
): SpaceTables {
  const make = (kind: NodeKind, entities: readonly Entity[], hasEdges?: (id: string) => boolean) =>
    tableOf(graph, vectors, kind, entities, contentDimensions, hasEdges)
  const acted = new Set(interactions.items)
  return {
    dimensions,
    items: make('item', items, (id) => acted.has(id)),
    users: make('user', []),
    documents: documents.length > 0 ? make('document', documents) : null,
  }
}

/** Two tables of different entities as one. */
export function mergeTables(a: VectorTable, b: VectorTable): VectorTable {
  const ids = [...a.ids, ...b.ids].sort()
  const merge = (name: 'in' | 'out' | 'content'): Float32Array | null => {
    const [left, right] = [a[name], b[name]]
    if (!left && !right) return null
    const rows = left ? rowsFor(ids, a, left) : new Float32Array(0)
    const others = right ? rowsFor(ids, b, right) : new Float32Array(0)
    const longer = rows.length >= others.length ? rows : others
    return longer.map((_, i) => (rows[i] ?? 0) + (others[i] ?? 0))
  }
  const degrees = new Map([...a.ids.entries()].map(([row, id]) => [id, a.degree[row]!]))
  for (const [row, id] of b.ids.entries()) degrees.set(id, b.degree[row]!)
  return {
    ids,
    in: merge('in')!,
    out: merge('out'),
    degree: Float64Array.from(ids, (id) => degrees.get(id)!),
    content: merge('content'),
  }
}

const NO_EVENTS: Interactions = {
  ...{ users: [], items: [], offsets: new Uint32Array(1), targets: new Uint32Array(0) },
  ...{ weights: new Float32Array(0), timesMs: new Float64Array(0) },
}

/** A table without some of its rows. */
export function withoutRows(
  table: VectorTable,
  isGone: (id: string, row: number) => boolean,
): VectorTable {
  const kept = [...table.ids.keys()].filter((row) => !isGone(table.ids[row]!, row))
  if (kept.length === table.ids.length) return table
  const ids = kept.map((row) => table.ids[row]!)
  const rows = (matrix: Float32Array | null) => matrix && rowsFor(ids, table, matrix)
  return {
    ids,
    in: rows(table.in)!,
    ...{ out: rows(table.out), content: rows(table.content) },
    degree: Float64Array.from(kept, (row) => table.degree[row]!),
  }
}

/** Content by id. */
export const contentById = (entities: readonly Entity[]): Map<string, Float32Array> =>
  new Map(entities.flatMap(({ id, content }) => (content ? [[id, content]] : [])))

/** Documents with content but without edges lie where items of such content do. */
function placeDocuments(
  { contentIn, itemIn }: PlacementModels,
  documents: readonly Entity[],
  table: VectorTable,
  { dimensions, contentDimensions }: TrainedSpace,
): VectorTable {
  const known = new Set(table.ids)
  const found = contentIn ? contentById(documents.filter(({ id }) => !known.has(id))) : new Map()
  const ids = [...found.keys()].sort()
  const placed: VectorTable = {
    ids,
    in: new Float32Array(ids.length * dimensions),
    ...{ out: null, degree: new Float64Array(ids.length), content: null },
  }
  for (const [row, id] of ids.entries())
    placed.in.set(predictByContent(contentIn!, itemIn, found.get(id)!), row * dimensions)
  return mergeTables(table, { ...placed, content: contentOf(ids, documents, contentDimensions) })
}

/**
 * A space with what content alone places, with degree 0: items that no user acted on, and documents without edges. Such
 * an item without content keeps the vectors that its attributes gave it.
 */
export function addByContent(
  { items, users, documents, dimensions }: SpaceTables,
  models: PlacementModels,
  world: Pick<World, 'items' | 'documents'>,
  contentDimensions: number,
): SpaceTables {
  const acted = withoutRows(items, (_, row) => items.degree[row] === 0)
  const known = new Set(acted.ids)
  const space = { dimensions, contentDimensions, items: acted, users }
  const content = contentById(world.items.filter(({ id }) => !known.has(id)))
  const placed = placeNewcomers(models, { ...space, interactions: NO_EVENTS, content }).items
  const isPlaced = new Set(placed.ids)
  return {
    dimensions,
    items: mergeTables(
      withoutRows(items, (id) => isPlaced.has(id)),
      placed,
    ),
    users,
    documents: documents && placeDocuments(models, world.documents, documents, space),
  }
}
