import {
  ANY_SEGMENT,
  embeddingsPk,
  NEW_SK,
  placedSk,
  popularSk,
  RISING_SK,
} from '../../functions/contract/embedding-rows.ts'
import type { EmbeddingsDefinition } from '../../functions/contract/embeddings.ts'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import {
  placedItemsKey,
  spaceKey,
  spaceManifestKey,
  vectorIndexKey,
} from '../../functions/contract/keys.ts'
import type { Parts } from '../../functions/contract/part.ts'
import type { VectorTable } from '../../functions/contract/space.ts'
import type { VectorSide } from '../../functions/contract/vector-index.ts'
import { canonicalJson, sha256Hex } from '../../functions/core/digest.ts'
import { encodeSpace } from '../../functions/core/space.ts'
import { meaningOf, spaceList } from '../../functions/embeddings/generations.ts'
import { publishGeneration, publishPlaced } from '../../functions/embeddings/publish.ts'
import { buildVectorIndex } from '../../functions/embeddings/vector-index/build.ts'
import { vectorsOfSide } from '../../functions/embeddings/vector-index/items.ts'
import { seededUniform } from '../../functions/math/random.ts'
import type { Timer } from '../../functions/reader/timer.ts'
import { changeGenerations } from '../../functions/registry/generations.ts'
import { publishParts } from '../../functions/release/parts/part.ts'
import { recallLists } from '../../functions/release/parts/recall-lists.ts'
import { space } from '../../functions/release/parts/space.ts'
import { vectorIndex } from '../../functions/release/parts/vector-index.ts'
import { makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'
import { servedReleases } from './served-releases.ts'

/** Releases of a scene with small spaces: six categories of ten items, and a user who likes each category. */

const DIMENSIONS = 8
export const CATEGORIES = 6
export const ALPHA = 0.05
export const ITEMS = Array.from({ length: 60 }, (_, n) => `i${String(n).padStart(2, '0')}`)
export const USERS = Array.from({ length: CATEGORIES }, (_, n) => `u${n}`)
/** As the reader of `servedReleases` identifies users. */
export const pseudonymOf = (user: string): string => `hash of ${user}`
export const categoryOf = (item: string): number => Number(item.slice(1)) % CATEGORIES

const scene = makeScene({
  embeddings: embeddingsSchema.parse({ dimensions: DIMENSIONS }) as EmbeddingsDefinition,
})

/** Vectors near the axis of each id's category. */
function vectorsNear(axes: readonly number[], seed: number): Float32Array {
  const uniform = seededUniform(seed)
  return Float32Array.from({ length: axes.length * DIMENSIONS }, (_, at) => {
    const isAxis = at % DIMENSIONS === axes[Math.floor(at / DIMENSIONS)]
    return (isAxis ? 1 : 0) + 0.2 * (uniform() - 0.5)
  })
}

/** In generation `n` the user `u0` likes category n, `u1` the next one, and so on. */
export function itemsOf(n: number): VectorTable {
  const axes = ITEMS.map(categoryOf)
  return {
    ids: ITEMS,
    in: vectorsNear(axes, n),
    out: vectorsNear(axes, 100 + n),
    degree: Float64Array.from(ITEMS, (_, at) => at % 7),
    content: null,
  }
}
export const usersOf = (n: number): VectorTable => ({
  ids: USERS.map(pseudonymOf),
  in: vectorsNear(
    USERS.map((_, u) => (u + n) % CATEGORIES),
    200 + n,
  ),
  out: null,
  degree: new Float64Array(USERS.length),
  content: null,
})

export const generationOf = (n: number): string => `0000000${n}-${String(n).padStart(13, '0')}`
const listOf = (items: string[]) => ({
  items,
  scores: Float32Array.from(items, (_, at) => items.length - at),
})
/** Items that no vector of a user finds soon. */
export const POPULAR = ['p1', 'p2', 'p3']
export const NEW = ['n1', 'n2']
export const RISING = ['r1', 'i07']

/** Timers that go off when they are told to. */
function manualTimers() {
  const due: { run: () => void; ms: number }[] = []
  const timer: Timer = (run, ms) => {
    const own = { run, ms }
    due.push(own)
    return () => void due.splice(due.indexOf(own), 1)
  }
  return {
    timer,
    /** Runs all that is due within `ms`. */
    async pass(ms: number): Promise<void> {
      const now = due.filter((one) => one.ms <= ms)
      for (const own of now) due.splice(due.indexOf(own), 1)
      for (const { run } of now) run()
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    },
  }
}

function indexBytes(table: VectorTable, side: VectorSide, generation: string): Uint8Array {
  const items = { table, dimensions: DIMENSIONS, popularityWeight: ALPHA }
  return buildVectorIndex({
    ...vectorsOfSide(items, side),
    origin: {
      ...{ scene: 'feed', generation },
      ...{ codeDigest: 'code', configurationDigest: 'configuration' },
    },
    ...{ seed: 7, minRecall: 0.98 },
  })
}

const spaceBytes = (kind: 'items' | 'users', generation: string, table: VectorTable): Uint8Array =>
  encodeSpace(
    {
      ...{ kind, scene: 'feed', generation, dimensions: DIMENSIONS, contentDimensions: 0 },
      ...{ popularityWeight: ALPHA, dataFromMs: 0, dataThroughMs: 1, alignedTo: null },
      ...{ hyperparameters: {}, codeDigest: 'code', configurationDigest: 'configuration' },
      graphDigest: 'graph',
    },
    table,
  )

type Releases = ReturnType<typeof servedReleases>

/** Writes the objects and rows of generation `n`, and lists it as accepted. */
async function putSpace({ models, online }: Releases, n: number): Promise<void> {
  const generation = generationOf(n)
  const items = itemsOf(n)
  const files = {
    items: [spaceKey('feed', generation, 'items'), spaceBytes('items', generation, items)],
    in: [vectorIndexKey('feed', generation, 'in'), indexBytes(items, 'in', generation)],
    out: [vectorIndexKey('feed', generation, 'out'), indexBytes(items, 'out', generation)],
  } as const
  for (const [key, bytes] of Object.values(files)) models.drop(key, bytes)
  const described = Object.entries(files).map(([name, [key, bytes]]) => [
    name,
    { key, sha256: sha256Hex(bytes), bytes: bytes.length },
  ])
  const manifest = {
    ...{ scene: 'feed', generation, meaning: meaningOf(scene), alignedTo: null },
    ...{ dataFromMs: 0, dataThroughMs: 1, closedThroughMs: n, popularityWeight: ALPHA },
    chosen: { users: 'deepwalk', items: 'deepwalk' },
    counts: { users: 6, items: 60, documents: 0, nodes: 66, edges: 60 },
    files: { ...Object.fromEntries(described), documents: null },
  }
  models.drop(spaceManifestKey('feed', generation), canonicalJson(manifest))
  const entities = [
    {
      ...{ kind: 'item' as const, table: items, closedThroughMs: n },
      // The next item of the category, and one of all categories.
      lists: ITEMS.map((id, row) => ({
        ...{ id, list: listOf([ITEMS[(row + CATEGORIES) % 60]!, 's1']) },
      })),
    },
    {
      ...{ kind: 'user' as const, table: usersOf(n), closedThroughMs: n },
      lists: USERS.map((user, row) => ({
        ...{ id: pseudonymOf(user), list: listOf([`l${row}`, ITEMS[row]!]) },
      })),
    },
  ]
  const lists = [
    { sk: popularSk(ANY_SEGMENT, '*'), list: listOf(POPULAR) },
    { sk: popularSk('women', '*'), list: listOf(['w1']) },
    { sk: popularSk('women', 9), list: listOf(['w9']) },
    { sk: NEW_SK, list: listOf(NEW) },
    { sk: RISING_SK, list: listOf(RISING) },
  ]
  await publishGeneration(online, { scene: 'feed', generation }, entities, lists, n)
  await changeGenerations(online, spaceList('feed'), (generations) => [
    { generation, fenceMs: n, status: 'accepted', reason: '' },
    ...generations,
  ])
}

/** The parts of a space in a release that is made now. */
const spaceParts = ({ models, online }: Releases, last: Parts): Promise<Parts> =>
  publishParts(
    [space, vectorIndex, recallLists],
    { scene: { scene: 'feed' }, models, online },
    { version: makeVersion(1), timeMs: 0 },
    last,
  )

/** Places one item by a closing, as the hourly stage writes it. */
async function placeItem(
  { models, online }: Releases,
  n: number,
  id: string,
  category: number,
): Promise<void> {
  const generation = generationOf(n)
  const closedThroughMs = 1000 + n
  const table: VectorTable = {
    ids: [id],
    in: vectorsNear([category], 300),
    out: vectorsNear([category], 400),
    degree: Float64Array.of(3),
    content: null,
  }
  const key = placedItemsKey('feed', generation, closedThroughMs)
  const bytes = spaceBytes('items', generation, table)
  models.drop(key, bytes)
  const placed = { kind: 'item' as const, table, lists: [], closedThroughMs }
  await publishPlaced(
    online,
    { scene: 'feed', generation },
    [{ ...placed, isPlaced: true }],
    [],
    closedThroughMs,
  )
  const row = { key, sha256: sha256Hex(bytes), closedThroughMs }
  await online.put(embeddingsPk('feed'), placedSk(generation), row)
}

/** Releases 1 to `count`, each with a space of its own; the first is served. */
export async function recallWorld(count = 1) {
  const releases = servedReleases()
  let parts: Parts = {}
  for (let n = 1; n <= count; n++) {
    await putSpace(releases, n)
    parts = await spaceParts(releases, parts)
    await releases.prepare(n, null, parts)
  }
  await releases.flip(1)
  const timers = manualTimers()
  return {
    ...releases,
    timers,
    open: (options: Parameters<typeof releases.open>[0] = {}) =>
      releases.open({ timer: timers.timer, ...options }),
    place: (n: number, id: string, category: number) => placeItem(releases, n, id, category),
  }
}

/** A row of a matrix. */
export const rowOf = (matrix: Float32Array, at: number): Float32Array =>
  matrix.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS)
export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, x, d) => sum + x * b[d]!, 0)
