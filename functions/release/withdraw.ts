import { InvalidInput } from '../core/errors.ts'
import { loadDeltaBase } from '../registry/ancestry.ts'
import { changeCurrent, LostRace } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { decisionOf, type Released } from './release.ts'
import { withdrawServed } from './withdraw-served.ts'

/**
 * Ends a canary's trial. Its users are served the champion again. The base of its chain is refused,
 * so that no run builds on it. A retry ends with one decision and one flip. Throws InvalidInput for
 * a version without a base, LostRace where another writer changed CURRENT first.
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
  if (!row || !base || !current)
    throw new InvalidInput(`${version} has no base on trial; nothing was withdrawn`)
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

/** Withdraws the release of a version's chain: the challenger's, or the champion's. */
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
