import { searchComparisonKey, searchDefinitionKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import type { SearchGeneration } from '../contract/search-index.ts'
import { canonicalJson } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import { readEach } from '../core/read-each.ts'
import { openPointed } from './add-documents.ts'
import {
  BATCH_DOCUMENTS,
  type IndexPorts,
  indexStatements,
  type OpenGeneration,
  openGeneration,
} from './build.ts'
import type { StatementRow } from './documents.ts'
import { type Comparison, compareIndexes, type Probe, type Searched } from './gate.ts'
import { generationOf, hasMeaning, meaningOf } from './generation.ts'
import { createLedger, FILES_AT_ONCE, type Ledger, liveIn, newestIn, readOn } from './ledger.ts'
import { createSample } from './probes.ts'
import { acceptedOf, changeState, loadPointer, loadState } from './state.ts'

export interface Rebuilt {
  generation: string
  result: 'accepted' | 'refused' | 'not due'
  reason: string
  /** Documents that are found. */
  live: number
}

/** A generation of the same meaning is rebuilt after this time: whatever went wrong with it ends then. */
const REBUILD_MS = 7 * 24 * 3_600_000
/** Drops that arrive during a build are read on. Each round takes as long as their indexing. */
const ROUNDS = 50

/** Whether the served generation means what the scene says now and is younger than a week. */
function isDue(
  generations: readonly SearchGeneration[],
  search: SearchDefinition,
  nowMs: number,
): boolean {
  const [newest] = generations
  if (!newest || newest.status === 'building') return true
  return !hasMeaning(newest.generation, search) || nowMs - newest.fenceMs >= REBUILD_MS
}

/** Begins a generation: from now on every drop is written to it, too. One that a stopped build left goes. */
function begin(ports: IndexPorts, generation: string, fenceMs: number) {
  return changeState(ports.online, ports.scene, (generations) =>
    generations.some((one) => one.generation === generation)
      ? generations
      : [
          { generation, fenceMs, status: 'building', reason: 'it is being built' },
          ...generations.filter(({ status }) => status !== 'building'),
        ],
  )
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
  let waiting: StatementRow[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const files = await readOn(lake, scene, search, ledger)
    if (round > 0 && files.length === 0 && live === expected) return live
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      const chunk = files.slice(at, at + FILES_AT_ONCE)
      const read = await readEach(chunk, (file) => newestIn(lake, ledger, file), FILES_AT_ONCE)
      waiting.push(...read.flat())
      if (waiting.length < BATCH_DOCUMENTS && at + FILES_AT_ONCE < files.length) continue
      sample.add(waiting)
      await indexStatements(ports, open, waiting, 0)
      waiting = []
    }
    const pointer = await loadPointer(ports.online, scene, open.generation)
    live = (await openPointed(ports, open.generation, pointer)).snapshot.live
    expected = liveIn(ledger)
  }
  throw new QuartermasterError(
    `search index ${open.generation} of ${scene}: it has ${live} documents, and the lake ${expected} after ${ROUNDS} rounds; it is not served`,
  )
}

/** A generation as it is searched now. */
export async function openSearched(
  ports: IndexPorts,
  one: Pick<SearchGeneration, 'generation'>,
): Promise<Searched> {
  const { generation, meaning, analyzers } = await openGeneration(ports, one)
  const pointer = await loadPointer(ports.online, ports.scene, generation)
  const index = await openPointed(ports, generation, pointer)
  return { search: meaning.search, analyzers, index }
}

async function judge(
  ports: IndexPorts,
  served: SearchGeneration | null,
  rebuilt: OpenGeneration,
  probes: readonly Probe[],
): Promise<Pick<Comparison, 'isAccepted' | 'reason'>> {
  if (!served) return { isAccepted: true, reason: 'the first one' }
  const comparison = compareIndexes(
    await openSearched(ports, served),
    await openSearched(ports, rebuilt),
    probes,
  )
  const key = searchComparisonKey(ports.scene, rebuilt.generation)
  await ports.models.put(key, canonicalJson(comparison), 'application/json')
  return comparison
}

/**
 * Builds a generation from the lake beside live updates, if one is due: each drop that arrives from the fence on is
 * written to both. Judges it against the served one. A call that is stopped anywhere continues when it is
 * called again with the same fence.
 */
export async function rebuildIndex(
  ports: IndexPorts,
  search: SearchDefinition,
  fenceMs: number,
  asked: readonly Probe[] = [],
): Promise<Rebuilt> {
  const { online, scene, models } = ports
  const before = (await loadState(online, scene)).generations
  const generation = generationOf(search, fenceMs)
  if (!isDue(before, search, fenceMs))
    return { generation: before[0]!.generation, result: 'not due', reason: '', live: 0 }
  const key = searchDefinitionKey(scene, generation)
  await models.put(key, canonicalJson(meaningOf(search)), 'application/json')
  const begun = await begin(ports, generation, fenceMs)
  const open = await openGeneration(ports, { generation })
  const sample = createSample(search)
  const live = await fill(ports, open, createLedger(), sample)
  const { isAccepted, reason } = await judge(ports, acceptedOf(begun), open, [
    ...asked,
    ...sample.probes(),
  ])
  const status = isAccepted ? 'accepted' : 'refused'
  await changeState(online, scene, (generations) =>
    generations.map((one) => (one.generation === generation ? { ...one, status, reason } : one)),
  )
  return { generation, result: status, reason, live }
}
