import { parseVersionId, versionEvaluationKey } from '../contract/keys.ts'
import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import {
  type Arm,
  type Evaluation,
  evaluationSchema,
  type PairedLoss,
  type Trial,
  type Verdict,
} from '../contract/training.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { baseOf, loadBase } from '../registry/ancestry.ts'
import { loadLineage, type Registry } from '../registry/registry.ts'
import { constantPrediction, gateFirst, gateServedConstant, pairWithConstant } from './constant.ts'
import { gatePredictions, gateRegression, gateServed, gateWeights, pairLosses } from './gates.ts'
import type { Outputs } from './outputs.ts'
import { judgeTrial, observeTrial, type TrialJudgement } from './trial.ts'

/**
 * The released version of this version's chain: the champion's release, or the challenger's where
 * this version belongs to the chain on trial. Null where there is none.
 */
async function findReleasedVersion(
  registry: Registry,
  row: VersionRow,
  current: CurrentRow | null,
): Promise<string | null> {
  if (row.arm === 'served') return current?.version ?? null
  const tried = current?.canary ? await registry.version(current.canary.version) : null
  return tried && row.base && baseOf(tried) === row.base ? tried.version : null
}

/** The losses of the released chain and its base on these rows; null where one did not score them. */
function pairServed(
  row: VersionRow,
  { result, rows }: Outputs,
  released: string | null,
): PairedLoss | null {
  const { base } = row
  if (released === null || base === null || released === base || rows.users.length === 0)
    return null
  if (!result.scorers.includes(released) || !result.scorers.includes(base)) return null
  return pairLosses(rows, result.scorers, released, base)
}

/**
 * The losses of a version and of the constant prediction that follows from the samples of `trained`;
 * null where there is no such constant or the version did not score these rows.
 */
function pairConstant(
  { result, rows }: Outputs,
  version: string,
  trained: VersionRow | null,
): PairedLoss | null {
  const constant = trained && constantPrediction(trained)
  if (constant === null || rows.users.length === 0 || !result.scorers.includes(version)) return null
  return pairWithConstant(rows, result.scorers, version, constant)
}

/** The evaluations of the increments before this one on the same base, newest first. */
async function loadEarlier(
  models: ObjectStore,
  lineage: readonly VersionRow[],
  row: VersionRow,
  most: number,
): Promise<Evaluation[]> {
  if (row.base === null) return []
  const chain = lineage
    .filter(({ base, status }) => base === row.base && status === 'accepted')
    .filter(({ dataThroughMs }) => dataThroughMs <= row.dataFromMs)
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, most)
  return readEach(chain, ({ version }) =>
    getJson(models, versionEvaluationKey(row.scene, version), evaluationSchema),
  )
}

/** Whether these rows complete the first day of the only accepted base. */
function endsFirstDay(lineage: readonly VersionRow[], row: VersionRow): boolean {
  const bases = lineage.filter(({ tier, status }) => tier !== 'hourly' && status === 'accepted')
  const [base] = bases
  if (!base || bases.length > 1) return false
  const dayEndMs = base.dataThroughMs + DAY_MS
  return row.dataFromMs < dayEndMs && row.dataThroughMs >= dayEndMs
}

/** The version of a release by its name in the log: a service may log the sequence or the version. */
async function findReleased(registry: Registry, name: string): Promise<VersionRow | null> {
  if (!/^\d{1,8}$/.test(name)) return parseVersionId(name) ? registry.version(name) : null
  const release = await registry.release(Number(name))
  return release && registry.version(release.version)
}

/**
 * Finds which chain's release ranked a row: `canary` is the challenger's, `served` the champion's.
 * Reads the registry once for each release in the log.
 */
async function loadArms(
  registry: Registry,
  row: VersionRow,
  current: CurrentRow,
  releases: readonly (string | null)[],
): Promise<(release: string) => Arm | null> {
  const served = await findReleased(registry, String(current.sequence))
  const arms = new Map<string, Arm | null>()
  for (const name of new Set(releases)) {
    if (name === null) continue
    const released = await findReleased(registry, name)
    const base = released && baseOf(released)
    arms.set(
      name,
      base === row.base ? 'canary' : base && base === baseOf(served!) ? 'served' : null,
    )
  }
  return (release) => arms.get(release) ?? null
}

async function tryCanary(
  registry: Registry,
  scene: Scene,
  row: VersionRow,
  { result, rows }: Outputs,
  released: string | null,
  earlier: readonly Evaluation[],
): Promise<{ trial: Trial; judgement: TrialJudgement } | null> {
  const current = await registry.current()
  if (!scene.canary || row.arm !== 'canary' || released === null || !current?.canary) return null
  const control = result.scorers.find((name) => name !== released && name !== row.base) ?? null
  const armOf = await loadArms(registry, row, current, rows.releases)
  const trial = observeTrial(
    rows,
    result.scorers,
    released,
    control === row.version ? null : control,
    armOf,
    row.dataThroughMs,
  )
  const trials = [trial, ...earlier.flatMap((evaluation) => evaluation.trial ?? [])]
  return { trial, judgement: judgeTrial(scene.canary, scene.gates, trials) }
}

const HOURS_A_DAY = 24

interface ServedJudgement {
  /** The losses of the released chain and its base, and of that chain and the constant, on these rows. */
  served: PairedLoss | null
  constant: PairedLoss | null
  relapse: Verdict | null
  againstConstant: Verdict | null
  /** Earlier evaluations on the same base, newest first. */
  earlier: Evaluation[]
}

/** Judges the served release on these rows and on those of the intervals before. */
async function judgeServed(
  models: ObjectStore,
  registry: Registry,
  scene: Scene,
  row: VersionRow,
  outputs: Outputs,
  released: string | null,
): Promise<ServedJudgement> {
  const { gates } = scene
  const served = pairServed(row, outputs, released)
  const constant =
    released === null ? null : pairConstant(outputs, released, await loadBase(registry, released))
  if (!constant && !served)
    return { served, constant, relapse: null, againstConstant: null, earlier: [] }
  const lineage = await loadLineage(registry, row.scheduledMs)
  const mustBeat = endsFirstDay(lineage, row)
  const most = Math.max(
    gates.judgedIntervals - 1,
    2 * (scene.canary?.hours ?? 0),
    mustBeat ? HOURS_A_DAY : 0,
  )
  const earlier = await loadEarlier(models, lineage, row, most)
  const judged = earlier.slice(0, gates.judgedIntervals - 1)
  const looks = row.base === null ? 1 : HOURS_A_DAY
  const constants = (mustBeat ? earlier : judged).flatMap((past) => past.constant ?? [])
  return {
    served,
    constant,
    relapse: served && gateServed(gates, [served, ...judged.flatMap((past) => past.served ?? [])]),
    againstConstant:
      constant && gateServedConstant(gates, [constant, ...constants], looks, mustBeat),
    earlier,
  }
}

/**
 * Asks every gate about a version. Reads earlier evaluations and the released versions; changes
 * nothing. A relapse, a withdrawal or the end of a trial comes before the version's own gates: the
 * served version matters more than a candidate. Where the served version is worse than the constant
 * and its gates accept a full or daily, that one replaces it and nothing is withdrawn.
 */
export async function judgeVersion(
  models: ObjectStore,
  registry: Registry,
  scene: Scene,
  row: VersionRow,
  outputs: Outputs,
): Promise<Evaluation> {
  const { gates } = scene
  const { result, rows } = outputs
  const released = await findReleasedVersion(registry, row, await registry.current())
  const judgement = await judgeServed(models, registry, scene, row, outputs, released)
  const { served, constant, relapse, againstConstant, earlier } = judgement
  const trial = await tryCanary(registry, scene, row, outputs, released, earlier)
  const isFirst = released === null && row.arm === 'served'
  const first = isFirst ? gateFirst(gates, pairConstant(outputs, row.version, row)) : null
  const regression = gateRegression(gates, rows, result.scorers, released)
  const own = [
    gateWeights(gates, result.sanity),
    gatePredictions(result),
    regression,
    ...(first ? [first] : []),
  ]
  const answer = (verdict: Evaluation['verdict'], reason: string): Evaluation => ({
    result,
    verdicts: [relapse, againstConstant, trial?.judgement.verdict, ...own].filter(
      (each) => each != null,
    ),
    served,
    constant,
    trial: trial?.trial ?? null,
    verdict,
    reason,
  })
  if (relapse && !relapse.passed)
    return answer(row.arm === 'canary' ? 'withdrawn' : 'relapsed', relapse.reason)
  const failed = own.find(({ passed }) => !passed)
  if (againstConstant && !againstConstant.passed && (row.base !== null || failed))
    return answer('withdrawn', againstConstant.reason)
  const { decision, verdict } = trial?.judgement ?? { decision: 'wait' }
  if (decision === 'withdraw') return answer('withdrawn', verdict!.reason)
  if (failed) return answer('refused', failed.reason)
  if (decision === 'promote') return answer('promoted', verdict!.reason)
  return answer('accepted', (first ?? regression).reason)
}

/** The first gate that failed, with its numbers: the evidence of a decision. */
export const failedGate = ({ verdicts }: Evaluation) => {
  const failed = verdicts.find(({ passed }) => !passed)
  return failed ? { gate: failed.gate, ...failed.numbers } : {}
}
