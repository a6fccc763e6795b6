import {
  SEARCH_STATE_SK,
  type SearchGeneration,
  type SearchPointer,
  type SearchState,
  searchPk,
  searchPointerSchema,
  searchPointerSk,
  searchStateSchema,
} from '../contract/search-index.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { TableStore } from '../core/tables.ts'
import { chooseKeptGenerations } from './kept-generations.ts'

type Read = Pick<TableStore, 'get'>
type Write = Pick<TableStore, 'get' | 'putIfUnchanged'>

/** Writers of one row that change it at the same time try again this often. */
const ATTEMPTS = 20

export async function loadState(online: Read, scene: string): Promise<SearchState> {
  const row = await online.get(searchPk(scene), SEARCH_STATE_SK)
  return row ? searchStateSchema.parse(row) : { n: 0, generations: [] }
}

/**
 * Changes the list of generations. `change` returns the new list, or the old one where nothing is to
 * change; it may be called again. Those that a release names (`pinned`) stay. Returns the list that stands. Throws where other writers win each time.
 */
export async function changeState(
  online: Write,
  scene: string,
  change: (generations: readonly SearchGeneration[]) => readonly SearchGeneration[],
  pinned?: ReadonlySet<string>,
): Promise<readonly SearchGeneration[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { n, generations } = await loadState(online, scene)
    const changed = change(generations)
    if (changed === generations) return generations
    const row = { n: n + 1, generations: [...chooseKeptGenerations(changed, pinned)] }
    const expected = n === 0 ? null : { n }
    if (await online.putIfUnchanged(searchPk(scene), SEARCH_STATE_SK, row, expected))
      return row.generations
  }
  throw new QuartermasterError(
    `search index of ${scene}: other writers changed its generations ${ATTEMPTS} times; nothing was changed`,
  )
}

export async function loadPointer(
  online: Read,
  scene: string,
  generation: string,
): Promise<SearchPointer | null> {
  const row = await online.get(searchPk(scene), searchPointerSk(generation))
  return row && searchPointerSchema.parse(row)
}

/** Moves a generation's pointer from `before` (null: there is none) to `after`. Returns whether it did. */
export const movePointer = (
  online: Write,
  scene: string,
  generation: string,
  before: SearchPointer | null,
  after: SearchPointer,
): Promise<boolean> =>
  online.putIfUnchanged(
    searchPk(scene),
    searchPointerSk(generation),
    { ...after },
    before && { n: before.n, sha256: before.sha256 },
  )

/** The newest accepted generation: it is served, or will be with the next release. */
export const acceptedOf = (generations: readonly SearchGeneration[]): SearchGeneration | null =>
  generations.find(({ status }) => status === 'accepted') ?? null
