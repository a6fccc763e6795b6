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
import { adoptParts, missingParts } from './adopt-parts.ts'
import { type IndexPorts, indexStatements, type OpenGeneration, openGeneration } from './build.ts'
import { type Comparison, compareIndexes, type Probe, type Searched } from './gate.ts'
import { generationOf, meaningOf } from './generation.ts'
import { createLedger, type Ledger, liveIn, newestStatementsOf, readOn } from './ledger.ts'
import { planBuild } from './plan-parts.ts'
import { createSample, type Sample } from './probes.ts'
import { loadPointer, loadState, searchList } from './state.ts'

/** `planned`: the lake is cut into parts; the build goes on when all are done. */
export interface Rebuilt {
  generation: string
  result: 'accepted' | 'refused' | 'not due' | 'planned'
  reason: string
  /** Documents that are found. */
  live: number
  /** The parts that are not done. */
  pieces: number[]
}

/** Drops that arrive during a build are read on. Each round takes as long as their indexing. */
const ROUNDS = 50

/** What a rebuild is asked to regard. */
export interface RebuildOptions {
  /** What people asked lately: read when the index is whole. */
  readAsked?: () => Promise<readonly Probe[]>
  /** Absent: no release names a generation. */
  released?: ReleasedGenerations
  /** Whether it may finish a build of many parts, for which others wait. */
  finishes?: boolean
}

/**
 * Indexes what the ledger has not read of the lake, then what arrived meanwhile, until the generation has as many
 * documents as the ledger. Returns that number. Throws where it never has (retried; the generation is not served).
 */
async function fill(
  ports: IndexPorts,
  open: OpenGeneration,
  ledger: Ledger,
  sample: Sample,
): Promise<number> {
  const { lake, scene } = ports
  const { search } = open.meaning
  let [live, expected] = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    const files = await readOn(lake, scene, search, ledger)
    if (round > 0 && files.length === 0 && live === expected) return live
    for await (const rows of newestStatementsOf(lake, ledger, files)) {
      sample.add(rows)
      const origin = { throughMs: ledger.throughMs, applied: null }
      await indexStatements(ports, open, rows, origin)
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

/** Begins a generation of this meaning, or goes on with one that was stopped. From now on every drop is written to it, too. */
async function begin(
  { online, scene, models }: IndexPorts,
  search: SearchDefinition,
  fenceMs: number,
  pinned: ReadonlySet<string>,
): Promise<{ generation: string; begun: readonly Generation[] } | null> {
  const before = (await loadState(online, scene)).generations
  const meaning = meaningOf(search)
  if (!isDue(before, meaning, fenceMs)) return null
  const stopped = before.find(
    ({ generation, status }) => status === 'building' && hasMeaning(generation, meaning),
  )
  const next = {
    generation: stopped?.generation ?? generationOf(search, fenceMs),
    fenceMs: stopped?.fenceMs ?? fenceMs,
  }
  const { generation } = next
  const key = searchDefinitionKey(scene, generation)
  await models.put(key, canonicalJson(meaning), 'application/json')
  const begun = await beginGeneration(online, searchList(scene), next, pinned)
  return { generation, begun }
}

/**
 * Builds a generation from the lake beside live updates, if one is due: each drop that arrives from the fence on is
 * written to both. Judges it against the served one. A lake of several parts is planned first, and the call after
 * their indexing goes on. A call that is stopped anywhere is continued by the next one.
 * Throws QuartermasterError where another build of this scene took its place (retried).
 */
export async function rebuildIndex(
  ports: IndexPorts,
  search: SearchDefinition,
  fenceMs: number,
  options: RebuildOptions = {},
): Promise<Rebuilt> {
  const { released = { served: null, pinned: new Set() }, finishes = true } = options
  const { online, scene } = ports
  const building = await begin(ports, search, fenceMs, released.pinned)
  if (!building) {
    const [newest] = (await loadState(online, scene)).generations
    return { generation: newest!.generation, result: 'not due', reason: '', live: 0, pieces: [] }
  }
  const { generation, begun } = building
  const ledger = createLedger()
  const sample = createSample(search)
  const open = (await openGeneration(ports, building))!
  const plan = await planBuild(ports, generation, search)
  if (plan) {
    const pieces = await missingParts(ports, generation, plan)
    if (pieces.length > 0 || !finishes)
      return { generation, result: 'planned', reason: '', live: 0, pieces }
    await adoptParts(ports, open, plan, ledger, sample)
  }
  const live = await fill(ports, open, ledger, sample)
  const served = released.served ?? acceptedOf(begun)?.generation ?? null
  const probes = [...((await options.readAsked?.()) ?? []), ...sample.probes(ledger.newest)]
  const { isAccepted, reason } = await judge(ports, served, generation, probes)
  const status = isAccepted ? 'accepted' : 'refused'
  const settled = { generation, status, reason } as const
  await settleGeneration(online, searchList(scene), settled, released.pinned)
  return { generation, result: status, reason, live, pieces: [] }
}
