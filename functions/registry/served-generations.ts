import type { DecisionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import type { ServedGenerations } from '../contract/served-generations.ts'
import { DAY_MS } from '../contract/time.ts'
import type { Registry } from './registry.ts'

/** Decisions that may change the release of all users. */
const FLIPS: readonly DecisionRow['kind'][] = ['flip', 'rollback', 'promotion', 'withdrawal']

/** The generations of one part that were served to all users: one entry for each change, in order of time. */
export async function loadServedGenerations(
  registry: Pick<Registry, 'decisions' | 'releases'>,
  part: string,
): Promise<ServedGenerations> {
  const [decisions, releases] = await Promise.all([registry.decisions(), registry.releases()])
  const generationOf = new Map(
    releases.map(({ sequence, parts }) => [sequence, parts[part]?.generation ?? null]),
  )
  const served: ServedGenerations = []
  for (const { kind, from, to, timeMs } of decisions) {
    if (!FLIPS.includes(kind) || from === to) continue
    const generation = to === null ? null : (generationOf.get(to) ?? null)
    if (generation !== (served.at(-1)?.generation ?? null))
      served.push({ sinceMs: timeMs, generation })
  }
  return served
}

/** A full may be repeated this long after it was due, and reads objects of before its window. */
const MARGIN_DAYS = 60

/** The generations that samples of the longest window were served with: they are made again when code changes. */
export async function sampledGenerations(
  registry: Pick<Registry, 'decisions' | 'releases'>,
  part: string,
  { tiers }: Pick<Scene, 'tiers'>,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const fromMs = nowMs - (tiers.full.lookbackDays + MARGIN_DAYS) * DAY_MS
  const served = await loadServedGenerations(registry, part)
  return new Set(
    served.flatMap(({ generation }, i) =>
      generation !== null && (served[i + 1]?.sinceMs ?? Number.POSITIVE_INFINITY) > fromMs
        ? [generation]
        : [],
    ),
  )
}
