import { InvalidInput, QuartermasterError } from '../core/errors.ts'
import type { Registry } from './registry.ts'

export interface RollbackRequest {
  reason: string
  /** When it was asked for; the same request twice is one rollback. */
  timeMs: number
  /** Sequence of the release to go back to; the one before the served one where absent. */
  to?: number | undefined
}
export interface RolledBack {
  from: number
  to: number
  version: string
}

const SUBJECT = 'rollback'

/**
 * Serves an earlier release again: one conditional write. The version that was served is refused,
 * so that the next increment builds on what a person still trusts. Throws InvalidInput where there
 * is nothing to go back to, QuartermasterError when another flip came between.
 */
export async function rollBack(registry: Registry, request: RollbackRequest): Promise<RolledBack> {
  const { timeMs, reason } = request
  const current = await registry.current()
  if (!current) throw new InvalidInput('nothing is served yet: there is nothing to roll back')
  const releases = await registry.releases()
  const served = releases.find(({ sequence }) => sequence === current.sequence)!
  if (current.flippedMs === timeMs && (await registry.hasDecision(timeMs, SUBJECT)))
    return { from: current.sequence, to: current.sequence, version: current.version }

  const earlier = releases.filter(({ sequence }) => sequence < current.sequence)
  const target =
    request.to === undefined
      ? earlier[earlier.length - 1]
      : earlier.find(({ sequence }) => sequence === request.to)
  if (!target)
    throw new InvalidInput(
      `release ${request.to ?? 'before'} ${request.to === undefined ? `${current.sequence} ` : ''}does not stand: the releases to go back to are ${earlier.map(({ sequence }) => sequence).join(', ') || 'none'}`,
    )
  const version = await registry.version(served.version)
  if (version?.status === 'accepted')
    await registry.settle(
      { ...version, status: 'refused', reason: `rolled back: ${reason}` },
      'accepted',
    )
  await registry.decide(
    {
      timeMs,
      kind: 'rollback',
      tier: SUBJECT,
      version: target.version,
      from: current.sequence,
      to: target.sequence,
      reason,
      evidence: { rolledBack: served.version },
    },
    SUBJECT,
  )
  const flipped = await registry.change(
    {
      ...current,
      sequence: target.sequence,
      version: target.version,
      flippedMs: timeMs,
      // A person's word goes before a run's: whoever held the lease has lost it.
      fence: current.fence + 1,
      lease: null,
    },
    current.fence,
  )
  if (!flipped)
    throw new QuartermasterError('another release was flipped to meanwhile: look, then ask again')
  return { from: current.sequence, to: target.sequence, version: target.version }
}
