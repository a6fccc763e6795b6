import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { decisionOf, type Released } from './release.ts'
import { withdrawServed } from './withdraw-served.ts'

/**
 * Ends a canary's trial: its people are served what all others are, and the base that its chain
 * stands on is refused, so that nothing grows on it any more. A retry ends with one decision and
 * one flip. Throws InvalidInput for a version without a base, LostRace when another
 * writer came between.
 */
export async function withdrawCanary(
  registry: Registry,
  version: string,
  reason: string,
  timeMs: number,
): Promise<Released> {
  const row = await registry.version(version)
  const base = await loadDeltaBase(registry, row)
  const current = await registry.current()
  if (!row || !base || !current) throw new InvalidInput(`${version} stands on no base on trial`)
  if (current.canary) {
    if (row.fence !== current.fence) throw new LostRace(row.fence)
    await registry.decide(
      decisionOf('withdrawal', base, timeMs, [current.canary.sequence, current.sequence], reason),
      `withdraw ${base.version}`,
    )
    await changeCurrent(registry, current, { canary: null })
  }
  await registry.settle({ ...base, status: 'refused', reason: `withdrawn: ${reason}` }, 'accepted')
  await registry.settle({ ...row, status: 'refused', reason }, 'started')
  return { version: base.version, sequence: current.sequence, reason, next: 'done', arm: 'canary' }
}

/** What an arm has released is taken back: the base on trial, or what everybody is served. */
export async function withdraw(
  registry: Registry,
  version: string,
  reason: string,
  timeMs: number,
): Promise<Released> {
  const isTrial = (await registry.version(version))?.arm === 'canary'
  return isTrial
    ? withdrawCanary(registry, version, reason, timeMs)
    : withdrawServed(registry, version, reason, timeMs)
}
