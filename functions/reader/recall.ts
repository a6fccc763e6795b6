import {
  ANY_SEGMENT,
  NEW_SK,
  popularSk,
  RISING_SK,
  recallPk,
  recallRowSchema,
  VECTOR_SK,
  type VectorKind,
  type VectorRow,
  vectorPk,
  vectorRowSchema,
} from '../contract/embedding-rows.ts'
import { type Parts, VECTOR_INDEX_PART } from '../contract/part.ts'
import { InvalidInput } from '../core/errors.ts'
import type { RowKey, TableRow, TableStore } from '../core/tables.ts'
import { searchTogether } from '../embeddings/vector-index/overlay.ts'
import { fuseRanks } from './fuse-ranks.ts'
import {
  type Neighbour,
  NothingRecalled,
  type Recall,
  type Recalled,
  type RecallOptions,
  type RecallSource,
} from './recalled.ts'
import { openSpaceObjects, type SpaceObjectOptions, type SpaceObjects } from './space-objects.ts'
import { floatsOf } from './space-scores.ts'

export interface RecallReaderOptions extends SpaceObjectOptions {
  online: Pick<TableStore, 'get' | 'getAll'>
  /** Raw user id → pseudonym. */
  identify: (user: string) => string
  /** The parts of the release of a user, by pseudonym, or of all users. Null: nothing is served. */
  partsFor: (pseudonym: string | null) => Parts | null
}

const SOURCES: readonly RecallSource[] = ['list', 'index', 'similar', 'popular', 'new', 'rising']
const MAX_LIMIT = 1000
const MAX_RECENT = 20
const DEFAULT = { limit: 100, neighbours: 10 } as const

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new InvalidInput(
    `limit: got ${limit}, expected a whole number from 1 to ${MAX_LIMIT}; nothing was recalled`,
  )
}

const parseVector = (row: TableRow | null): VectorRow | null => row && vectorRowSchema.parse(row)
const parseItems = (row: TableRow | null): string[] | null =>
  row && recallRowSchema.parse(row).items

/** The first of each list, then the second of each. */
function* interleave(lists: readonly (readonly string[])[]): Generator<string> {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  for (let place = 0; place < longest; place++)
    for (const list of lists) if (place < list.length) yield list[place]!
}

/** Rows that one recall reads, in one batch: at most 27. */
function keysOf(scene: string, generation: string, pseudonym: string, options: RecallOptions) {
  const { segment = ANY_SEGMENT, timeMs, recentItems = [] } = options
  const hour = new Date(timeMs).getUTCHours()
  const pk = recallPk(scene, generation)
  const vector = (kind: VectorKind, id: string): RowKey => ({
    ...{ pk: vectorPk(scene, generation, kind, id), sk: VECTOR_SK },
  })
  const popular = [
    popularSk(segment, hour),
    popularSk(segment, '*'),
    popularSk(ANY_SEGMENT, hour),
    popularSk(ANY_SEGMENT, '*'),
  ]
  return {
    user: [vector('user', pseudonym)],
    recent: [...new Set(recentItems)].slice(0, MAX_RECENT).map((item) => vector('item', item)),
    popular: [...new Set(popular)].map((sk) => ({ pk, sk })),
    new: [{ pk, sk: NEW_SK }],
    rising: [{ pk, sk: RISING_SK }],
  }
}
type RecallKeys = ReturnType<typeof keysOf>
type RecallRows = { [Name in keyof RecallKeys]: (TableRow | null)[] }

/** Reads all keys in one batch, and answers the rows by the names of their keys. */
async function readTogether(
  online: Pick<TableStore, 'getAll'>,
  keys: RecallKeys,
): Promise<RecallRows> {
  const rows = await online.getAll(Object.values(keys).flat())
  let at = 0
  const take = (count: number): (TableRow | null)[] => {
    at += count
    return rows.slice(at - count, at)
  }
  return Object.fromEntries(
    Object.entries(keys).map(([name, own]) => [name, take(own.length)]),
  ) as RecallRows
}

interface RankRequest {
  sources: readonly RecallSource[]
  depth: number
  accepts: (item: string) => boolean
  /** Called where the index cannot be searched and other sources can answer. */
  onFault: (fault: unknown) => void
}

/** The items of each source that was asked for, the best first. */
async function rankSources(
  space: SpaceObjects,
  rows: RecallRows,
  { sources, depth, accepts, onFault }: RankRequest,
): Promise<Partial<Record<RecallSource, readonly string[]>>> {
  const user = parseVector(rows.user[0]!)
  const searchIndex = async (): Promise<string[]> => {
    if (!user) return []
    try {
      const [index, placed] = await Promise.all([space.index('out'), space.placed()])
      const found = searchTogether(index, placed, floatsOf(user.in), { k: depth, accepts })
      return found.map(({ id }) => id)
    } catch (fault) {
      if (sources.length === 1) throw fault
      onFault(fault)
      return []
    }
  }
  const first = (own: readonly (TableRow | null)[]): string[] =>
    own.map(parseItems).find((items) => items !== null && items.length > 0) ?? []
  const rank: Record<RecallSource, () => readonly string[] | Promise<readonly string[]>> = {
    list: () => user?.items ?? [],
    index: searchIndex,
    similar: () => [...interleave(rows.recent.map((row) => parseVector(row)?.items ?? []))],
    popular: () => first(rows.popular),
    new: () => first(rows.new),
    rising: () => first(rows.rising),
  }
  return Object.fromEntries(
    await Promise.all(sources.map(async (source) => [source, await rank[source]()] as const)),
  )
}

/** Opens recall over the served space of a scene. Nothing is read before the first call. */
export function openRecall(options: RecallReaderOptions): Recall {
  const { scene, online, identify, partsFor, onFault } = options
  const objectsOf = openSpaceObjects(options)

  function spaceFor(pseudonym: string | null): SpaceObjects {
    const parts = partsFor(pseudonym)
    const part = parts?.[VECTOR_INDEX_PART]
    if (part) return objectsOf(part)
    const reason = parts ? 'the served release has no space' : 'no release is served'
    throw new NothingRecalled(`scene ${scene}: ${reason}; nothing was recalled`)
  }
  async function readVector(space: SpaceObjects, kind: VectorKind, id: string) {
    return parseVector(await online.get(vectorPk(scene, space.generation, kind, id), VECTOR_SK))
  }

  return {
    async vector(entity) {
      const [kind, id] =
        'user' in entity
          ? (['user', identify(entity.user)] as const)
          : (['item', entity.item] as const)
      const space = spaceFor(kind === 'user' ? id : null)
      const row = await readVector(space, kind, id)
      return (
        row && {
          ...{ in: floatsOf(row.in), out: row.out ? floatsOf(row.out) : null, degree: row.degree },
          ...{ isPlaced: row.isPlaced ?? false, generation: space.generation },
        }
      )
    },
    async neighbours(item, limit = DEFAULT.neighbours): Promise<Neighbour[]> {
      const k = checkLimit(limit)
      const space = spaceFor(null)
      const row = await readVector(space, 'item', item)
      if (!row) return []
      const [index, placed] = await Promise.all([space.index('in'), space.placed()])
      const accepts = (id: string): boolean => id !== item
      const found = searchTogether(index, placed, floatsOf(row.in), { k, accepts })
      return found.map(({ id, score }) => ({ item: id, score }))
    },
    async recall(user, asked) {
      const limit = checkLimit(asked.limit ?? DEFAULT.limit)
      const pseudonym = identify(user)
      const space = spaceFor(pseudonym)
      const gone = new Set([...(asked.seen ?? []), ...(asked.recentItems ?? [])])
      const accepts = (item: string): boolean => !gone.has(item) && (asked.accepts?.(item) ?? true)
      const rows = await readTogether(online, keysOf(scene, space.generation, pseudonym, asked))
      const sources = SOURCES.filter((source) => asked.sources?.includes(source) ?? true)
      const ranked = await rankSources(space, rows, {
        ...{ sources, depth: limit, accepts },
        onFault: (fault) => onFault(fault, `searching the vector index of ${scene}`),
      })
      const items: Recalled[] = fuseRanks(ranked, limit, accepts)
      return { items, generation: space.generation }
    },
  }
}
