import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import { publishParts } from './parts/part.ts'
import { decisionOf, prepareRelease, type Released, type ReleasePorts } from './release.ts'

/**
 * Serves a chain's base again, after a closed interval has shown that the chain is worse than its
 * base, and stops the chain until the next base. The evaluation of the next increment asks for it,
 * without an operator. `parts` are those that belong to a version. A retry ends with one release and
 * one flip. Throws InvalidInput for a version without a base, CorruptArtifact where the stored base
 * is not the one that was judged, LostRace where another writer changed CURRENT first.
 */
export async function fallBack<Stores>(
  { registry, parts, stores }: ReleasePorts<Stores>,
  version: string,
  reason: string,
  timeMs: number,
): Promise<Released> {
  const row = await registry.version(version)
  const base = await loadDeltaBase(registry, row)
  const current = await registry.current()
  if (!row || !base || !current)
    throw new InvalidInput(`${version} has no base that could be served; nothing was changed`)
  const done = async (sequence: number): Promise<Released> => {
    await registry.hold({ subject: base.version, isHeld: true, sinceMs: timeMs, reason })
    await registry.settle({ ...row, status: 'refused', reason }, 'started')
    return { version: base.version, sequence, reason, next: 'done', arm: 'served' }
  }
  if (current.version === base.version) return done(current.sequence)
  // Checked before the first write: a change by an operator or another run has priority.
  if (current.fence !== row.fence) throw new LostRace(row.fence)
  const { parts: last } = (await registry.release(current.sequence))!
  const published = await publishParts(parts, stores, { version: base, timeMs }, last)
  const sequence = current.lastSequence + 1
  // Parts that belong to no version advance in place, so the base takes the served ones.
  const carried = { ...last, ...published }
  await prepareRelease(registry, base, carried, { sequence, fence: row.fence, timeMs })
  await registry.decide(
    decisionOf('rollback', base, timeMs, [current.sequence, sequence], reason),
    `fall back from ${current.version}`,
  )
  const flipped = { sequence, version: base.version, flippedMs: timeMs, lastSequence: sequence }
  await changeCurrent(registry, current, flipped)
  return done(sequence)
}
