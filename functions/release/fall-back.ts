import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import { publishParts } from './parts/part.ts'
import { decisionOf, prepareRelease, type Released, type ReleasePorts } from './release.ts'

/**
 * Serves the base of a chain that a closed interval has shown to be worse than it, and lets that
 * chain rest until the next base. Nobody has to be awake: the evaluation of the next increment
 * asks for it. `parts` are those that belong to a version. A retry ends with one release and one
 * flip. Throws InvalidInput for a version without a base, CorruptArtifact where the base is not what
 * was judged, LostRace when another writer came between.
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
    throw new InvalidInput(`${version} stands on no base that could be served`)
  const done = async (sequence: number): Promise<Released> => {
    await registry.hold({ subject: base.version, isHeld: true, sinceMs: timeMs, reason })
    await registry.settle({ ...row, status: 'refused', reason }, 'started')
    return { version: base.version, sequence, reason, next: 'done', arm: 'served' }
  }
  if (current.version === base.version) return done(current.sequence)
  // Asked before anything is written: what a person or another run did since stands, as does the record.
  if (current.fence !== row.fence) throw new LostRace(row.fence)
  const { parts: last } = (await registry.release(current.sequence))!
  const published = await publishParts(parts, stores, { version: base, timeMs }, last)
  const sequence = current.lastSequence + 1
  // Parts that belong to no version advance in place: those that are served are the base's as well.
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
