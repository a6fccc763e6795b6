import { versionId } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { Findings } from '../../functions/report/findings.ts'

const START_MS = Date.UTC(2026, 0, 5)

const idOf = (n: number): string =>
  versionId({
    tier: n === 0 ? 'full' : 'daily',
    dataThroughMs: START_MS + (n + 1) * DAY_MS,
    digest: String(n).padStart(8, '0'),
  })

/** Findings of a small run: `days` dailies upon one full, a fifth of them refused. */
export function makeFindings(days = 6): Findings {
  const digest = 'a'.repeat(64)
  const versions: Findings['versions'] = Array.from({ length: days }, (_, n) => {
    const tier = n === 0 ? ('full' as const) : ('daily' as const)
    const dataThroughMs = START_MS + (n + 1) * DAY_MS
    return {
      scene: 'feed',
      version: idOf(n),
      tier,
      parent: n === 0 ? null : idOf(n - 1),
      base: null,
      arm: 'served',
      executor: 'sagemaker',
      fence: null,
      dataFromMs: dataThroughMs - DAY_MS,
      dataThroughMs,
      scheduledMs: dataThroughMs + 2.5 * HOUR_MS,
      closedThroughMs: dataThroughMs + HOUR_MS,
      rows: 1000 + n,
      positives: 100,
      impressions: 2000,
      manifestDigest: digest,
      codeDigest: digest,
      configurationDigest: digest,
      shapeDigest: digest,
      recipeDigest: 'recipe',
      jobName: `qm-feed-${n}`,
      restarts: 0,
      status: n % 5 === 4 ? 'refused' : 'accepted',
      reason: n % 5 === 4 ? 'log loss is <worse> than the champion' : 'every gate passed',
      modelKey: null,
      modelSha256: null,
      sanity: null,
      isDeterministic: true,
      nextInterval: [
        {
          dataFromMs: dataThroughMs,
          dataThroughMs: dataThroughMs + DAY_MS,
          scoredBy: idOf(n + 1),
          scores: {
            rows: 1000,
            positives: 100,
            auc: n === 2 ? null : 0.7 + 0.01 * n,
            logLoss: 0.3,
            normalizedEntropy: 0.92 - 0.01 * n,
            calibrationRatio: 1.02,
            undefinedBecause: (n === 2 ? { auc: 'one class: no positives' } : {}) as Record<
              string,
              string
            >,
          },
        },
      ],
    }
  })
  return {
    scenes: ['feed'],
    dataFromMs: START_MS,
    dataThroughMs: START_MS + days * DAY_MS,
    drops: Array.from({ length: days }, (_, n) => ({
      scene: 'feed',
      kind: 'events',
      rawKey: `raw/feed/events/${n}.jsonl`,
      drop: String(n).repeat(32),
      arrivalMs: START_MS + n * DAY_MS + HOUR_MS,
      format: 'jsonl',
      bytes: 1000,
      read: 110,
      accepted: 100,
      quarantined: { not_json: 7, too_old: 3 },
      events: 100,
      byHour: { '2026-01-05T00': 100 },
      refused: null,
      codeDigest: digest,
    })),
    hours: Array.from({ length: days }, (_, n) => ({
      scene: 'feed',
      closedThroughMs: START_MS + (n + 1) * DAY_MS,
      hourMs: START_MS + n * DAY_MS,
      lane: 'first',
      accepted: 100,
      kept: 90,
      duplicates: 6,
      excluded: { declared_bot: 4 },
    })),
    versions,
    releases: versions.map(({ version, scheduledMs, status, tier }, n) => ({
      scene: 'feed',
      timeMs: scheduledMs,
      kind: status === 'refused' ? 'refusal' : 'flip',
      tier,
      version,
      from: n || null,
      to: n + 1,
      reason: status === 'refused' ? 'log loss is <worse> than the champion' : 'every gate passed',
      evidence: {},
    })),
    sections: {},
    current: { feed: { sequence: days, version: idOf(days - 1) } },
  }
}
