import type { WriteRequest } from '../contract/requests.ts'
import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { findPrevious, loadMissing } from './served-before.ts'

export interface RollbackRequest extends WriteRequest {
  /** Sequence of the release to go back to; where absent, the last one before the served one that everybody was served and nobody refused. */
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
 * so that the next increment builds on what a person still trusts; a canary's trial goes on. Throws
 * InvalidInput where there is nothing to go back to, or only what was collected; LostRace
 * when another writer came between.
 */
export async function rollBack(registry: Registry, request: RollbackRequest): Promise<RolledBack> {
  const { timeMs, reason } = request
  const current = await registry.current()
  if (!current) throw new InvalidInput('nothing is served yet: there is nothing to roll back')
  const releases = await registry.releases()
  const missingOf = await loadMissing(registry)
  const served = releases.find(({ sequence }) => sequence === current.sequence)!
  if (current.flippedMs === timeMs && (await registry.hasDecision(timeMs, SUBJECT)))
    return { from: current.sequence, to: current.sequence, version: served.version }

  const before = releases.filter(({ sequence }) => sequence < current.sequence)
  const earlier = before.filter((release) => missingOf(release) === null)
  const standing = earlier.map(({ sequence }) => sequence).join(', ') || 'none'
  const target =
    request.to === undefined
      ? await findPrevious(registry, earlier)
      : before.find(({ sequence }) => sequence === request.to)
  if (!target)
    throw new InvalidInput(
      `release ${request.to ?? 'before'} ${request.to === undefined ? `${current.sequence} ` : ''}does not stand: the releases to go back to are ${standing}`,
    )
  const missing = missingOf(target)
  if (missing !== null)
    throw new InvalidInput(
      `release ${target.sequence} was collected: ${missing} is gone; the releases to go back to are ${standing}`,
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
  // A person goes before a run: a run that holds the lease loses it.
  const flipped = { sequence: target.sequence, version: target.version, flippedMs: timeMs }
  await changeCurrent(registry, current, flipped)
  return { from: current.sequence, to: target.sequence, version: target.version }
}

export interface Withdrawn {
  /** Sequence and version that were on trial. */
  withdrawn: number
  version: string
  /** What all are served now. */
  served: number
}

const TRIAL = 'withdraw'

/**
 * Ends the canary's trial by a person's word: its people are served what all others are, and the
 * version and its base are refused, so that no new trial grows on them. The same request twice
 * is one withdrawal. Throws InvalidInput where nothing is on trial.
 */
export async function withdrawTrial(
  registry: Registry,
  { reason, timeMs }: WriteRequest,
): Promise<Withdrawn> {
  const current = await registry.current()
  const before = (await registry.decisions(timeMs)).find(({ tier }) => tier === TRIAL)
  const tried = current?.canary?.version ?? before?.version
  if (!current || !tried) throw new InvalidInput('no canary is on trial: there is none to withdraw')
  const from = current.canary?.sequence ?? before!.from!
  await registry.decide(
    {
      timeMs,
      kind: 'withdrawal',
      tier: TRIAL,
      version: tried,
      from,
      to: current.sequence,
      reason,
      evidence: {},
    },
    TRIAL,
  )
  const row = await registry.version(tried)
  const base = await loadDeltaBase(registry, row)
  for (const withdrawn of [row, base])
    if (withdrawn)
      await registry.settle(
        { ...withdrawn, status: 'refused', reason: `withdrawn: ${reason}` },
        'accepted',
      )
  if (current.canary) await changeCurrent(registry, current, { canary: null })
  return { withdrawn: from, version: tried, served: current.sequence }
}
