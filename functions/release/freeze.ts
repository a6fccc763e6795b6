import type { HoldRow } from '../contract/registry.ts'
import type { WriteRequest } from '../contract/requests.ts'
import { isoSeconds } from '../contract/time.ts'
import { TIERS } from '../contract/training.ts'
import { InvalidInput } from '../core/errors.ts'
import type { Registry } from '../registry/registry.ts'

export interface HoldRequest extends WriteRequest {
  /** A tier, whose runs stop; or a full or daily version, whose hourly chain stops. */
  subject: string
}

async function checkSubject(registry: Registry, subject: string): Promise<void> {
  if ((TIERS as readonly string[]).includes(subject)) return
  const row = await registry.version(subject)
  if (row && row.tier !== 'hourly') return
  throw new InvalidInput(
    `${subject} is ${row ? 'an hourly increment' : 'not registered'}: expected a tier (${TIERS.join(', ')}) or a full or daily version; nothing was frozen`,
  )
}

async function record(
  registry: Registry,
  kind: 'hold' | 'thaw',
  { subject, reason, timeMs }: HoldRequest,
): Promise<HoldRow> {
  const isHeld = kind === 'hold'
  const row: HoldRow = { subject, isHeld, sinceMs: timeMs, reason }
  const served = (await registry.current())?.sequence ?? null
  const isTier = (TIERS as readonly string[]).includes(subject)
  await registry.decide(
    {
      timeMs,
      kind,
      tier: isTier ? subject : kind,
      version: isTier ? null : subject,
      from: served,
      to: served,
      reason,
      evidence: { subject },
    },
    `${kind} ${subject}`,
  )
  await registry.hold(row)
  return row
}

const findHold = async (registry: Registry, subject: string): Promise<HoldRow | undefined> =>
  (await registry.holds()).find((hold) => hold.subject === subject)

/**
 * Stops a tier's runs, or the hourly chain of one base. The served release stays, and the first run
 * after the thaw takes the skipped intervals. A repeated request has no effect. Throws InvalidInput
 * for a subject that cannot be frozen or is already frozen.
 */
export async function freeze(registry: Registry, request: HoldRequest): Promise<HoldRow> {
  await checkSubject(registry, request.subject)
  const hold = await findHold(registry, request.subject)
  if (hold?.isHeld && hold.sinceMs !== request.timeMs)
    throw new InvalidInput(
      `${hold.subject} is already frozen since ${isoSeconds(hold.sinceMs)}: ${hold.reason}`,
    )
  return record(registry, 'hold', request)
}

/**
 * Lets a tier or chain run again. A repeated request has no effect. Throws InvalidInput for a
 * subject that is not frozen.
 */
export async function thaw(registry: Registry, request: HoldRequest): Promise<HoldRow> {
  const holds = await registry.holds()
  const hold = holds.find(({ subject }) => subject === request.subject)
  const isOurs = hold?.isHeld === false && hold.sinceMs === request.timeMs
  if (!hold?.isHeld && !isOurs) {
    const held = holds.filter(({ isHeld }) => isHeld).map(({ subject }) => subject)
    throw new InvalidInput(
      `${request.subject} is not frozen: frozen now: ${held.join(', ') || 'none'}`,
    )
  }
  return record(registry, 'thaw', request)
}
