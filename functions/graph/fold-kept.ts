import type { Generation } from '../contract/generations.ts'
import { CorruptArtifact, ObjectMissing } from '../core/errors.ts'
import { changeGenerations } from '../registry/generations.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { graphList } from './definition.ts'
import { type FoldedDrops, foldNew, outcome } from './fold-new.ts'
import type { GraphPorts } from './ports.ts'

export interface FoldedKept {
  /** Generations that were written on, the newest first. */
  folded: FoldedDrops[]
  /** Why the newest accepted one cannot be read; null where it can. */
  fault: Error | null
}

const isUnreadable = (error: unknown): error is Error =>
  error instanceof ObjectMissing || error instanceof CorruptArtifact

const UNREADABLE = '; it cannot be read: '

/** Says in the list which generations cannot be read, and of those that can be again, no more. */
async function markUnreadable(
  { online, scene }: GraphPorts,
  folded: readonly FoldedDrops[],
  pinned: ReadonlySet<string>,
): Promise<void> {
  const reasonOf = ({ generation, reason }: Generation): string => {
    const found = folded.find((one) => one.generation === generation)
    if (!found) return reason
    const [built] = reason.split(UNREADABLE)
    return found.fault === undefined ? built! : `${built}${UNREADABLE}${found.fault}`
  }
  const change = (generations: readonly Generation[]): readonly Generation[] =>
    generations.every((one) => one.reason === reasonOf(one))
      ? generations
      : generations.map((one) => ({ ...one, reason: reasonOf(one) }))
  await changeGenerations(online, graphList(scene.scene), change, pinned)
}

/**
 * Folds new drops into every accepted generation that is kept, so that a rollback finds them all up to date. One that
 * cannot be read is marked in the list, and stops no other.
 */
export async function foldKept(
  ports: GraphPorts,
  generations: readonly Generation[],
  nowMs: number,
  pinned: ReadonlySet<string>,
): Promise<FoldedKept> {
  const folded: FoldedDrops[] = []
  let fault: Error | null = null
  const accepted = generations.filter(({ status }) => status === 'accepted')
  for (const { generation } of accepted)
    try {
      const one = await foldNew(ports, generation, arrivedThrough(nowMs))
      if (one) folded.push(one)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      if (generation === accepted[0]!.generation) fault = error
      folded.push({ ...outcome(generation, 'unreadable', { facts: 0 }), fault: error.message })
    }
  if (accepted.length > 0) await markUnreadable(ports, folded, pinned)
  return { folded, fault }
}
