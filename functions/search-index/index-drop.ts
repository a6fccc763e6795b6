import type { SearchDefinition } from '../contract/search.ts'
import type { ExecutionStarter } from '../core/executions.ts'
import { fenceOf } from '../registry/generations.ts'
import { hasApplied } from './add-documents.ts'
import { type IndexPorts, indexStatements, type OpenGeneration, openGeneration } from './build.ts'
import { closeOthers, loadSnapshot } from './open-snapshot.ts'
import { readDrop } from './read-drop.ts'
import { rebuildIndex } from './rebuild.ts'
import { loadPointer, loadState } from './state.ts'

/**
 * What became of a drop. `none`: it has no statements for the index. `deleted`: its manifest is gone. `applied`: every
 * generation has it already.
 */
export interface IndexedDrop {
  result: 'indexed' | 'applied' | 'none' | 'deleted'
  /** Documents that were new, or newer than before, in the newest generation. */
  documents: number
}

/** A drop may find a lake that is too large for its function: then the state machine of rebuilds builds. */
export interface DropPorts extends IndexPorts {
  rebuilds: ExecutionStarter<{ scene: string; scheduledTime: string }>
}

/** Closes generations that are written to no more, and opens the others that this code can write to. */
async function openWritten(ports: IndexPorts): Promise<OpenGeneration[]> {
  const { generations } = await loadState(ports.online, ports.scene)
  closeOthers(ports.cache, ports.scene, generations)
  const opened = []
  for (const one of generations) opened.push({ one, open: await openGeneration(ports, one) })
  const written = opened.flatMap(({ open }) => open ?? [])
  const isWhole = opened.some(({ one, open }) => open && one.status === 'accepted')
  return isWhole ? written : []
}

/** The generations that do not note a drop as applied. */
async function lacking(
  ports: IndexPorts,
  written: readonly OpenGeneration[],
  drop: string,
): Promise<OpenGeneration[]> {
  const isLacking = async ({ generation }: OpenGeneration): Promise<boolean> => {
    const pointer = await loadPointer(ports.online, ports.scene, generation)
    return !pointer || !hasApplied(await loadSnapshot(ports.models, pointer), drop)
  }
  const open = []
  for (const one of written) if (await isLacking(one)) open.push(one)
  return open
}

/**
 * Indexes a drop's statements in every generation that is written to. While none is accepted, or other code built them
 * all, it builds one from the lake, which has this drop; of a lake of several parts it starts the build, and writes to
 * what is being built. A repeat changes nothing. Throws only for faults of the stores, and where another build took
 * this one's place (retried).
 */
export async function indexDrop(
  ports: DropPorts,
  search: SearchDefinition,
  manifestKey: string,
): Promise<IndexedDrop> {
  const stated = await readDrop(ports.lake, search, manifestKey)
  if (stated.result !== 'stated') return { result: stated.result, documents: 0 }
  const { drop, arrivalMs, readRows } = stated
  let written = await openWritten(ports)
  if (written.length === 0) {
    const rebuilt = await rebuildIndex(ports, search, arrivalMs, { finishes: false })
    if (rebuilt.result !== 'planned') return { result: 'indexed', documents: rebuilt.live }
    await startRebuild(ports, rebuilt.generation)
    written = [(await openGeneration(ports, rebuilt))!]
  }
  const open = await lacking(ports, written, drop)
  if (open.length === 0) return { result: 'applied', documents: 0 }
  const rows = await readRows()
  const counts = []
  for (const one of open)
    counts.push(await indexStatements(ports, one, rows, { throughMs: arrivalMs, applied: drop }))
  return { result: 'indexed', documents: counts[0]! }
}

/** One execution builds a generation. Where it failed, the next scheduled one goes on. */
function startRebuild({ scene, rebuilds }: DropPorts, generation: string): Promise<boolean> {
  const scheduledTime = new Date(fenceOf(generation)).toISOString()
  return rebuilds.start(`${scene}-${generation}`, { scene, scheduledTime })
}
