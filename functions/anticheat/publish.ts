import type { Action } from '../contract/match.ts'
import {
  type OnlineVerdict,
  onlineVerdictsPk,
  onlineVerdictsPointerPk,
  VERDICTS_SK,
  type VerdictManifest,
  type VerdictRow,
} from '../contract/verdicts.ts'
import { canonicalJson } from '../core/digest.ts'
import type { TableStore } from '../core/tables.ts'

const onlineVerdict = (row: VerdictRow): OnlineVerdict => ({
  items: JSON.parse(row.items) as string[],
  fromMs: row.fromMs,
  throughMs: Math.min(row.throughMs, row.expiresMs),
  action: row.action as Action,
  reason: row.reason,
  weight: row.weight,
})

/** The rows of one snapshot: one for each user whose events a verdict excludes or weighs. Pure. */
function onlineRows(
  { scene, madeMs }: Pick<VerdictManifest, 'scene' | 'madeMs'>,
  verdicts: readonly VerdictRow[],
) {
  const acted = verdicts.filter(({ subject, action }) => subject === 'user' && action !== 'watch')
  return [...Map.groupBy(acted, ({ id }) => id)].map(([user, rows]) => ({
    pk: onlineVerdictsPk(scene, madeMs, user),
    sk: VERDICTS_SK,
    row: {
      verdicts: canonicalJson(rows.map(onlineVerdict)),
      // DynamoDB's TTL is in seconds. The last verdict of the row ends then.
      expiresAt: Math.ceil(
        rows.reduce((latest, { expiresMs }) => Math.max(latest, expiresMs), 0) / 1000,
      ),
    },
  }))
}

/**
 * Publishes a snapshot for the online side: all rows, then one conditional write that moves the scene's
 * pointer to them, never backwards. A repeat has no effect. Returns the number of rows, and whether the
 * pointer is this snapshot's.
 */
export async function publishVerdicts(
  online: Pick<TableStore, 'putAll' | 'putIfGreater'>,
  snapshot: Pick<VerdictManifest, 'scene' | 'madeMs' | 'screenedThroughMs'>,
  verdicts: readonly VerdictRow[],
): Promise<{ users: number; isMoved: boolean }> {
  const { scene, madeMs, screenedThroughMs } = snapshot
  const rows = onlineRows(snapshot, verdicts)
  await online.putAll(rows)
  const pointer = { madeMs, screenedThroughMs, users: rows.length }
  const pk = onlineVerdictsPointerPk(scene)
  return {
    users: rows.length,
    isMoved: await online.putIfGreater(pk, VERDICTS_SK, pointer, 'madeMs'),
  }
}
