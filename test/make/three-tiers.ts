import { versionId } from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { makeFindings } from './findings.ts'

type Version = Findings['versions'][number]
type Decision = Findings['releases'][number]
const HOURS = 5

/** Findings of a few days with a chain on each accepted base, a relapse on the last of them. */
export function makeThreeTiers(days = 4): Findings {
  const findings = makeFindings(days)
  const bases = findings.versions
  const increments: Version[] = []
  const releases: Decision[] = []
  let sequence = 0
  const decide = (kind: Decision['kind'], of: Version, timeMs: number, reason: string): void => {
    releases.push({
      scene: 'feed',
      timeMs,
      kind,
      tier: of.tier,
      version: of.version,
      from: sequence || null,
      to: ++sequence,
      reason,
      evidence: { gate: 'served' },
    })
  }
  for (const base of bases) {
    let parent = base
    for (let n = 1; n <= HOURS; n++) {
      const dataThroughMs = base.dataThroughMs + n * HOUR_MS
      const digest = String(n).repeat(8)
      const next: Version = {
        ...base,
        version: versionId({ tier: 'hourly', dataThroughMs, digest }),
        tier: 'hourly',
        parent: parent.version,
        base: base.version,
        dataFromMs: dataThroughMs - HOUR_MS,
        dataThroughMs,
        scheduledMs: dataThroughMs + 65 * 60_000,
        nextInterval: [],
      }
      const scores = base.nextInterval[0]!.scores
      const scored = { dataFromMs: next.dataFromMs, dataThroughMs, scoredBy: next.version }
      if (parent !== base)
        parent.nextInterval.push({ ...scored, scores: { ...scores, auc: 0.75, rows: 100 } })
      base.nextInterval.unshift({ ...scored, scores: { ...scores, auc: 0.65, rows: 100 } })
      decide('flip', next, next.scheduledMs, 'log loss fell')
      increments.push(next)
      parent = next
    }
  }
  const last = bases.at(-1)!
  decide('rollback', last, last.dataThroughMs + 8 * HOUR_MS, 'the chain relapsed')
  return { ...findings, versions: [...bases, ...increments], releases }
}
