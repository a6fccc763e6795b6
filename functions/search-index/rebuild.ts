import type { Generation } from '../contract/generations.ts'
import { searchComparisonKey, searchDefinitionKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import { canonicalJson } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import {
  acceptedOf,
  beginGeneration,
  hasMeaning,
  isDue,
  type ReleasedGenerations,
  settleGeneration,
} from '../registry/generations.ts'
import { openPointed } from './add-documents.ts'
import { type IndexPorts, indexStatements, type OpenGeneration, openGeneration } from './build.ts'
import { type Comparison, compareIndexes, type Probe, type Searched } from './gate.ts'
import { generationOf, meaningOf } from './generation.ts'
import { createLedger, type Ledger, liveIn, newestStatementsOf, readOn } from './ledger.ts'
import { createSample } from './probes.ts'
import { loadPointer, loadState, searchList } from './state.ts'

export interface Rebuilt {
  generation: string
  result: 'accepted' | 'refused' | 'not due'
  reason: string
  /** Documents that are found. */
  live: number
}

/** Drops that arrive during a build are read on. Each round takes as long as their indexing. */
const ROUNDS = 50

/** What a rebuild is asked to regard. */
export interface RebuildOptions {
  /** What people asked lately. */
  asked?: readonly Probe[]
  /** Absent: no release names a generation. */
  released?: ReleasedGenerations
}

/**
 * Indexes the whole lake, then what arrived meanwhile, until the generation has as many documents as the ledger.
 * Returns that number. Throws where it never has (retried; the generation is not served).
 */
async function fill(
  ports: IndexPorts,
  open: OpenGeneration,
  ledger: Ledger,
  sample: ReturnType<typeof createSample>,
): Promise<number> {
  const { lake, scene } = ports
  const { search } = open.meaning
  let [live, expected] = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    const files = await readOn(lake, scene, search, ledger)
    if (round > 0 && files.length === 0 && live === expected) return live
    for await (const rows of newestStatementsOf(lake, ledger, files)) {
      sample.add(rows)
      await indexStatements(ports, open, rows, { arrivalMs: 0, applied: null })
    }
    const pointer = await loadPointer(ports.online, scene, open.generation)
    live = (await openPointed(ports, open.generation, pointer)).snapshot.live
    expected = liveIn(ledger)
  }
  throw new QuartermasterError(
    `search index ${open.generation} of ${scene}: it has ${live} documents, and the lake ${expected} after ${ROUNDS} rounds; it is not served`,
  )
}

/** A generation as it is searched now. Null: other code built it. */
export async function openSearched(
  ports: IndexPorts,
  one: Pick<Generation, 'generation'>,
): Promise<Searched | null> {
  const open = await openGeneration(ports, one)
  if (!open) return null
  const pointer = await loadPointer(ports.online, ports.scene, one.generation)
  const index = await openPointed(ports, one.generation, pointer)
  return { search: open.meaning.search, analyzers: open.analyzers, index }
}

type Judgement = Pick<Comparison, 'isAccepted' | 'reason'>

/** Judges a generation against the one that is served, or will be with the next release. */
async function judge(
  ports: IndexPorts,
  served: string | null,
  generation: string,
  probes: readonly Probe[],
): Promise<Judgement> {
  if (served === null) return { isAccepted: true, reason: 'the first one' }
  const before = await openSearched(ports, { generation: served })
  if (!before) return { isAccepted: true, reason: 'the served one was built by other code' }
  const comparison = compareIndexes(before, (await openSearched(ports, { generation }))!, probes)
  const key = searchComparisonKey(ports.scene, generation)
  await ports.models.put(key, canonicalJson(comparison), 'application/json')
  return comparison
}

/**
 * Builds a generation from the lake beside live updates, if one is due: each drop that arrives from the fence on is
 * written to both. Judges it against the served one. A call that is stopped anywhere is continued by the next one.
 * Throws QuartermasterError where another build of this scene took its place (retried).
 */
export async function rebuildIndex(
  ports: IndexPorts,
  search: SearchDefinition,
  fenceMs: number,
  { asked = [], released = { served: null, pinned: new Set() } }: RebuildOptions = {},
): Promise<Rebuilt> {
  const { online, scene, models } = ports
  const before = (await loadState(online, scene)).generations
  const meaning = meaningOf(search)
  if (!isDue(before, meaning, fenceMs))
    return { generation: before[0]!.generation, result: 'not due', reason: '', live: 0 }
  const stopped = before.find(
    ({ generation, status }) => status === 'building' && hasMeaning(generation, meaning),
  )
  const { generation } = stopped ?? { generation: generationOf(search, fenceMs) }
  const key = searchDefinitionKey(scene, generation)
  await models.put(key, canonicalJson(meaning), 'application/json')
  const next = { generation, fenceMs: stopped?.fenceMs ?? fenceMs }
  // From now on every drop is written to it, too.
  const begun = await beginGeneration(online, searchList(scene), next, released.pinned)
  const sample = createSample(search)
  const open = (await openGeneration(ports, next))!
  const live = await fill(ports, open, createLedger(), sample)
  const served = released.served ?? acceptedOf(begun)?.generation ?? null
  const probes = [...asked, ...sample.probes()]
  const { isAccepted, reason } = await judge(ports, served, generation, probes)
  const status = isAccepted ? 'accepted' : 'refused'
  const settled = { generation, status, reason } as const
  await settleGeneration(online, searchList(scene), settled, released.pinned)
  return { generation, result: status, reason, live }
}
