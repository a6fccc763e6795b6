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
import { constantOf, gateFirst, gateServedConstant, pairWithConstant } from './constant.ts'
import { gatePredictions, gateRegression, gateServed, gateWeights, pairLosses } from './gates.ts'
import type { Outputs } from './outputs.ts'
import { judgeTrial, observeTrial, type TrialJudgement } from './trial.ts'

/** The release of the arm that this version is of, where its chain is the one that is released. */
async function releasedOf(
  registry: Registry,
  row: VersionRow,
  current: CurrentRow | null,
): Promise<string | null> {
  if (row.arm === 'served') return current?.version ?? null
  const tried = current?.canary ? await registry.version(current.canary.version) : null
  return tried && row.base && baseOf(tried) === row.base ? tried.version : null
}

/** The released chain and its base on these rows, where both were asked and neither had seen them. */
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

/** A version and the constant prediction by what `trained` was trained on; null where nothing tells. */
function pairConstant(
  { result, rows }: Outputs,
  version: string,
  trained: VersionRow | null,
): PairedLoss | null {
  const constant = trained && constantOf(trained)
  if (constant === null || rows.users.length === 0 || !result.scorers.includes(version)) return null
  return pairWithConstant(rows, result.scorers, version, constant)
}

/** What the increments before this one on the same base left, newest first. */
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

/** Whether these rows complete the first day of the only base there is: nothing else speaks for it. */
function endsFirstDay(lineage: readonly VersionRow[], row: VersionRow): boolean {
  const bases = lineage.filter(({ tier, status }) => tier !== 'hourly' && status === 'accepted')
  const [base] = bases
  if (!base || bases.length > 1) return false
  const dayEndMs = base.dataThroughMs + DAY_MS
  return row.dataFromMs < dayEndMs && row.dataThroughMs >= dayEndMs
}

/** The version that a release serves; a service may log its sequence or the version. */
async function findReleased(registry: Registry, name: string): Promise<VersionRow | null> {
  if (!/^\d{1,8}$/.test(name)) return parseVersionId(name) ? registry.version(name) : null
  const release = await registry.release(Number(name))
  return release && registry.version(release.version)
}

/** Whose release ranked a row: asked of the registry once for each release in the log. */
async function knowArms(
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
  const armOf = await knowArms(registry, row, current, rows.releases)
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
  /** The released chain against its base, and against the constant prediction, on these rows. */
  served: PairedLoss | null
  constant: PairedLoss | null
  relapse: Verdict | null
  worth: Verdict | null
  /** Evaluations before this one on the same base, newest first. */
  earlier: Evaluation[]
}

/** What these rows and those of the intervals before say of the release that is served. */
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
  if (!constant && !served) return { served, constant, relapse: null, worth: null, earlier: [] }
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
    worth: constant && gateServedConstant(gates, [constant, ...constants], looks, mustBeat),
    earlier,
  }
}

/**
 * Asks every gate about a version. Reads what the increments before it left, and what is released;
 * changes nothing. A relapse, a withdrawal or the end of a trial goes before the version's own
 * gates: what is served matters more than what could be. A full or daily that its gates accept
 * replaces what is no better than a constant, and nothing is to be withdrawn.
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
  const released = await releasedOf(registry, row, await registry.current())
  const judgement = await judgeServed(models, registry, scene, row, outputs, released)
  const { served, constant, relapse, worth, earlier } = judgement
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
    verdicts: [relapse, worth, trial?.judgement.verdict, ...own].filter((of) => of != null),
    served,
    constant,
    trial: trial?.trial ?? null,
    verdict,
    reason,
  })
  if (relapse && !relapse.passed)
    return answer(row.arm === 'canary' ? 'withdrawn' : 'relapsed', relapse.reason)
  const failed = own.find(({ passed }) => !passed)
  if (worth && !worth.passed && (row.base !== null || failed))
    return answer('withdrawn', worth.reason)
  const { decision, verdict } = trial?.judgement ?? { decision: 'wait' }
  if (decision === 'withdraw') return answer('withdrawn', verdict!.reason)
  if (failed) return answer('refused', failed.reason)
  if (decision === 'promote') return answer('promoted', verdict!.reason)
  return answer('accepted', (first ?? regression).reason)
}

/** The first gate that said no, for the decision that is kept. */
export const failedGate = ({ verdicts }: Evaluation) => {
  const failed = verdicts.find(({ passed }) => !passed)
  return failed ? { gate: failed.gate, ...failed.numbers } : {}
}
