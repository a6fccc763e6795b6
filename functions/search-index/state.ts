import type { Generations } from '../contract/generations.ts'
import {
  type SearchPointer,
  searchPk,
  searchPointerSchema,
  searchPointerSk,
} from '../contract/search-index.ts'
import type { TableStore } from '../core/tables.ts'
import { type GenerationList, loadGenerations } from '../registry/generations.ts'

type Read = Pick<TableStore, 'get'>
type Write = Pick<TableStore, 'get' | 'putIfUnchanged'>

/** The list of a scene's generations. */
export const searchList = (scene: string): GenerationList => ({
  pk: searchPk(scene),
  what: `search index of ${scene}`,
})

/** All generations that drops are written to. */
export const loadState = (online: Read, scene: string): Promise<Generations> =>
  loadGenerations(online, searchList(scene))

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
