import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { decisionOf, describeRelease, type Released } from './release.ts'

/**
 * Serves the base of a chain that a closed interval has shown to be worse than it, and lets that
 * chain rest until the next base. Nobody has to be awake: the evaluation of the next increment
 * asks for it. A retry ends with one release and one flip. Throws InvalidInput for a version
 * without a base, LostRace when another writer came between.
 */
export async function fallBack(
  registry: Registry,
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
  const served = await registry.release(current.sequence)
  const sequence = current.lastSequence + 1
  const isPrepared = await registry.prepare({
    ...(await describeRelease(registry, base)),
    sequence,
    fence: row.fence!,
    // Counts advance in place: those that are online now are the base's as well.
    featureGeneration: served!.featureGeneration,
    countsThroughMs: served!.countsThroughMs,
    preparedMs: timeMs,
  })
  if (!isPrepared) throw new LostRace(row.fence)
  await registry.decide(
    decisionOf('rollback', base, timeMs, [current.sequence, sequence], reason),
    `fall back from ${current.version}`,
  )
  const flipped = { sequence, version: base.version, flippedMs: timeMs, lastSequence: sequence }
  await changeCurrent(registry, current, flipped)
  return done(sequence)
}
