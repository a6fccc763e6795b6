import {
  GENERATIONS_SK,
  type Generation,
  type Generations,
  generationsSchema,
  KEPT_GENERATIONS,
} from '../contract/generations.ts'
import type { ReleaseRow } from '../contract/registry.ts'
import { digestOf } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { TableStore } from '../core/tables.ts'
import { keptReleases } from './kept-releases.ts'
import type { Registry } from './registry.ts'

/** A list of generations and what it lists, for messages: `search index of feed`. */
export interface GenerationList {
  pk: string
  what: string
}

/** Writers of one row that change it at the same time try again this often. */
const ATTEMPTS = 20

export async function loadGenerations(
  online: Pick<TableStore, 'get'>,
  { pk }: GenerationList,
): Promise<Generations> {
  const row = await online.get(pk, GENERATIONS_SK)
  return row ? generationsSchema.parse(row) : { n: 0, generations: [] }
}

/**
 * Changes a list of generations. `change` returns the new list, or the old one where nothing is to
 * change; it may be called again. Those that a release names (`pinned`) stay. Returns the list that stands.
 * Throws where other writers win each time.
 */
export async function changeGenerations(
  online: Pick<TableStore, 'get' | 'putIfUnchanged'>,
  list: GenerationList,
  change: (generations: readonly Generation[]) => readonly Generation[],
  pinned?: ReadonlySet<string>,
): Promise<readonly Generation[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { n, generations } = await loadGenerations(online, list)
    const changed = change(generations)
    if (changed === generations) return generations
    const row = { n: n + 1, generations: [...chooseKeptGenerations(changed, pinned)] }
    const expected = n === 0 ? null : { n }
    if (await online.putIfUnchanged(list.pk, GENERATIONS_SK, row, expected)) return row.generations
  }
  throw new QuartermasterError(
    `${list.what}: other writers changed its generations ${ATTEMPTS} times; nothing was changed`,
  )
}

/**
 * Begins a generation, or continues it where a stopped build left it; another one that is being built goes. `note` is
 * added to its reason. Returns the list that stands.
 */
export const beginGeneration = (
  online: Pick<TableStore, 'get' | 'putIfUnchanged'>,
  list: GenerationList,
  next: Pick<Generation, 'generation' | 'fenceMs'>,
  pinned: ReadonlySet<string>,
  note = '',
): Promise<readonly Generation[]> =>
  changeGenerations(
    online,
    list,
    (generations) =>
      generations.some(({ generation }) => generation === next.generation)
        ? generations
        : [
            { ...next, status: 'building', reason: `it is being built${note}` },
            ...generations.filter(({ status }) => status !== 'building'),
          ],
    pinned,
  )

/** Settles a generation. Throws QuartermasterError where another build took its place (retried). */
export async function settleGeneration(
  online: Pick<TableStore, 'get' | 'putIfUnchanged'>,
  list: GenerationList,
  settled: Pick<Generation, 'generation' | 'status' | 'reason'>,
  pinned: ReadonlySet<string>,
): Promise<void> {
  const { generation } = settled
  const kept = await changeGenerations(
    online,
    list,
    (generations) =>
      generations.map((one) => (one.generation === generation ? { ...one, ...settled } : one)),
    pinned,
  )
  if (!kept.some((one) => one.generation === generation))
    throw new QuartermasterError(
      `${list.what}: another build took the place of ${generation}; it is not served`,
    )
}

/** The newest accepted generation: it is served, or will be with the next release. */
export const acceptedOf = (generations: readonly Generation[]): Generation | null =>
  generations.find(({ status }) => status === 'accepted') ?? null

/**
 * The generations that stay, the newest first: at most three, and all that a kept release names (`pinned`).
 * Refused ones go first, except the newest; then the oldest.
 */
export function chooseKeptGenerations(
  generations: readonly Generation[],
  pinned: ReadonlySet<string> = new Set(),
): readonly Generation[] {
  const kept = [...generations]
  while (kept.length > KEPT_GENERATIONS) {
    const mayGo = ({ generation }: Generation, place: number): boolean =>
      place > 0 && !pinned.has(generation)
    const refused = kept.findLastIndex(
      (one, place) => mayGo(one, place) && one.status === 'refused',
    )
    const place = refused < 0 ? kept.findLastIndex(mayGo) : refused
    if (place < 0) break
    kept.splice(place, 1)
  }
  return kept
}

/** Eight hex digits: equal meanings have equal ones. */
const meaningDigest = (meaning: unknown): string => digestOf(meaning).slice(0, 8)

/** The name of a generation: its meaning and its fence. */
export const nameGeneration = (meaning: unknown, fenceMs: number): string =>
  `${meaningDigest(meaning)}-${String(fenceMs).padStart(13, '0')}`

/** The fence in a generation's name, in epoch milliseconds. */
export const fenceOf = (generation: string): number => Number(generation.slice(-13))

/** Whether a generation has this meaning. */
export const hasMeaning = (generation: string, meaning: unknown): boolean =>
  generation.startsWith(`${meaningDigest(meaning)}-`)

/** A generation of the same meaning is built again after this time: whatever went wrong with it ends then. */
const REBUILD_MS = 7 * 24 * 3_600_000

/** Whether there is no whole generation of this meaning that is younger than a week. */
export function isDue(
  generations: readonly Generation[],
  meaning: unknown,
  nowMs: number,
): boolean {
  const [newest] = generations
  if (!newest || newest.status === 'building') return true
  return !hasMeaning(newest.generation, meaning) || nowMs - newest.fenceMs >= REBUILD_MS
}

/**
 * Says of a generation whether its objects and rows may be deleted: `kept` has it no more. One that began after
 * `kept` was read is newer than all of these, and stays.
 */
export function retiredFrom(kept: readonly Generation[]): (generation: string) => boolean {
  const names = new Set(kept.map(({ generation }) => generation))
  const newestMs = Math.max(...kept.map(({ fenceMs }) => fenceMs))
  return (generation) => !names.has(generation) && fenceOf(generation) < newestMs
}

export interface ReleasedGenerations {
  /** Of the release that is served; null where there is none, or it does not have the part. */
  served: string | null
  /** Of all releases that are served, on trial, or may be served again. */
  pinned: ReadonlySet<string>
}

/** The generations of a part that releases name. */
export async function releasedGenerations(
  registry: Pick<Registry, 'current' | 'releases'>,
  part: string,
): Promise<ReleasedGenerations> {
  const [current, releases] = await Promise.all([registry.current(), registry.releases()])
  const generationOf = (release: ReleaseRow | undefined): string | null =>
    release?.parts[part]?.generation ?? null
  const served = releases.find(({ sequence }) => sequence === current?.sequence)
  return {
    served: current?.version == null ? null : generationOf(served),
    pinned: new Set(keptReleases(current, releases).flatMap((one) => generationOf(one) ?? [])),
  }
}
