import type { WriteRequest } from '../contract/requests.ts'
import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { findPrevious, loadMissing } from './served-before.ts'

export interface RollbackRequest extends WriteRequest {
  /**
   * Sequence of the release to serve again. Defaults to the last release before the served one that
   * was served to all users and whose version and base are not refused.
   */
  to?: number | undefined
}
export interface RolledBack {
  from: number
  to: number
  version: string
}

const SUBJECT = 'rollback'

/**
 * Serves an earlier release again, by one conditional write. The version that was served is refused,
 * so the next increment builds on a version that the operator still trusts. A canary's trial goes on.
 * Throws InvalidInput where there is no earlier release or it was collected, LostRace where another
 * writer changed CURRENT first.
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
  const whole = earlier.map(({ sequence }) => sequence).join(', ') || 'none'
  const target =
    request.to === undefined
      ? await findPrevious(registry, earlier)
      : before.find(({ sequence }) => sequence === request.to)
  if (!target)
    throw new InvalidInput(
      `no release ${request.to === undefined ? '' : `${request.to} `}before ${current.sequence} to roll back to: releases that can be served again: ${whole}`,
    )
  const missing = missingOf(target)
  if (missing !== null)
    throw new InvalidInput(
      `release ${target.sequence} was collected: ${missing} was deleted; releases that can be served again: ${whole}`,
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
  // An operator has priority over a run: a run that holds the lease loses it.
  const flipped = { sequence: target.sequence, version: target.version, flippedMs: timeMs }
  await changeCurrent(registry, current, flipped)
  return { from: current.sequence, to: target.sequence, version: target.version }
}

export interface Withdrawn {
  /** Sequence and version that were on trial. */
  withdrawn: number
  version: string
  /** The sequence that all users are served now. */
  served: number
}

const TRIAL = 'withdraw'

/**
 * Ends the canary's trial by an operator's decision. Its users are served the champion again. The
 * version and its base are refused, so that no new trial starts from them. A repeated request has no
 * effect. Throws InvalidInput where nothing is on trial.
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
