import { prepareSnapshot, putManifest, type Snapshot } from '../../functions/anticheat/snapshot.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'

/** An instant within the days of the fixtures. */
export const NOON = Date.UTC(2026, 5, 10, 12)

/** A verdict that excludes the user u1 for two days around noon, unless told otherwise. */
export const verdict = (changed: Partial<VerdictRow> = {}): VerdictRow => ({
  subject: 'user',
  id: 'u1',
  items: '[]',
  fromMs: NOON - DAY_MS,
  throughMs: NOON + DAY_MS,
  reason: 'focus',
  detectors: '["focus"]',
  score: 9,
  action: 'exclude',
  weight: 0,
  foundMs: NOON + DAY_MS,
  renewedMs: NOON + DAY_MS,
  expiresMs: NOON + 31 * DAY_MS,
  ...changed,
})

/** Writes a whole snapshot. */
export async function putSnapshot(
  lake: ObjectStore,
  about: Parameters<typeof prepareSnapshot>[1],
  verdicts: readonly VerdictRow[],
): Promise<Snapshot> {
  const snapshot = await prepareSnapshot(lake, about, verdicts)
  await putManifest(lake, snapshot)
  return snapshot
}
