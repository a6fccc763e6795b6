import type { VersionRow } from '../../../functions/contract/registry.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Tier } from '../../../functions/contract/training.ts'
import { shapeDigest } from '../../../functions/core/configuration.ts'
import type { YoungLabels } from '../../../functions/math/young-labels.ts'
import { chooseHoldout, decideRun, type RunDecision } from '../../../functions/train/plan.ts'
import { trainPasses } from '../../../functions/trainer/fit.ts'
import { createModel, type Model } from '../../../functions/trainer/model.ts'
import { mergeRows, type TrainingRows } from '../../../functions/trainer/rows.ts'
import type { SampleSets } from './sample-sets.ts'
import { rowsBetween } from './training-rows.ts'

/** A model and the end of the event time that it has learned. */
export interface Trained {
  model: Model
  dataThroughMs: number
}

/** Settings of one hourly chain. */
export interface StudyChain {
  name: string
  youngLabels: YoungLabels
  /** `matured` is an upper bound, not a possible chain: it uses labels of the future. */
  labels: 'young' | 'matured'
  /** Whether each accepted full or daily becomes its base. Otherwise it keeps its first full. */
  isRebased: boolean
}

/** Versions that the runs trained. All are accepted, since the study does not measure gates. */
export interface Lineage {
  run(tier: Tier, scheduledMs: number, closedThroughMs: number): Promise<void>
  /** The newest full, the newest full or daily, or the head of a chain. Null before the first. */
  full(): Trained | null
  base(): Trained | null
  head(chain: string): Trained | null
}

const neverPauses = async (): Promise<boolean> => false

const copyModel = (model: Model, youngLabels: YoungLabels): Model => ({
  ...model,
  configuration: { ...model.configuration, youngLabels },
  linear: { z: model.linear.z.slice(), n: model.linear.n.slice() },
  pairs: model.pairs && {
    values: model.pairs.values.slice(),
    squares: model.pairs.squares.slice(),
  },
  touched: model.touched.slice(),
})

/** The fields that planning reads of an accepted version. */
const acceptedRow = (
  scene: Scene,
  version: string,
  { tier, dataFromMs, dataThroughMs, base }: RunDecision,
  scheduledMs: number,
): VersionRow =>
  ({
    version,
    tier,
    status: 'accepted',
    base: base?.version ?? null,
    dataFromMs,
    dataThroughMs,
    scheduledMs,
    shapeDigest: shapeDigest(scene),
  }) as VersionRow

function cut(fromMs: number, throughMs: number, lengthMs: number): number[] {
  const starts: number[] = []
  for (let ms = fromMs; ms < throughMs; ms += lengthMs) starts.push(ms)
  return starts
}

/** Trains models as the pipeline does, in this process: same decisions, same container code. */
export function createLineage(
  scene: Scene,
  sets: SampleSets,
  chains: readonly StudyChain[],
  historyFromMs: number,
): Lineage {
  const models = new Map<string, Model>()
  let bases: VersionRow[] = []
  const heads = new Map<string, VersionRow>()
  const trainedAs = (row: VersionRow | undefined): Trained | null =>
    row ? { model: models.get(row.version)!, dataThroughMs: row.dataThroughMs } : null

  const increment = (model: Model, rows: TrainingRows, tier: 'daily' | 'hourly') =>
    trainPasses(
      model,
      rows,
      { isIncrement: true, epochs: scene.tiers[tier]!.epochs, holdoutFromMs: null },
      neverPauses,
    )

  async function runBase(tier: 'full' | 'daily', scheduledMs: number, closedThroughMs: number) {
    const decision = decideRun(scene, tier, closedThroughMs, bases)
    if (decision.dataThroughMs <= decision.dataFromMs) return
    const version = `${decision.tier}-${scheduledMs}`
    const days = cut(Math.max(decision.dataFromMs, historyFromMs), decision.dataThroughMs, DAY_MS)
    let model: Model
    if (decision.tier === 'full') {
      model = createModel(scene.model)
      const named = days.map((fromMs) => ({ fromMs, inputsDigest: '', shards: 1 }))
      const holdoutFromMs = chooseHoldout(decision, named)
      const options = { isIncrement: false, epochs: scene.tiers.full.epochs, holdoutFromMs }
      await trainPasses(model, mergeRows(days.map(sets.ofDay)), options, neverPauses)
    } else {
      model = copyModel(models.get(decision.parent!.version)!, scene.model.youngLabels)
      await increment(model, mergeRows(days.map(sets.ofDay)), 'daily')
    }
    models.set(version, model)
    // No run needs a version before the newest full, or a daily once the next one exists.
    const kept = decision.tier === 'full' ? [] : bases.filter((row) => row.tier === 'full')
    for (const row of bases) if (!kept.includes(row)) models.delete(row.version)
    bases = [...kept, acceptedRow(scene, version, decision, scheduledMs)]
  }

  const hourRows = ({ labels }: StudyChain, hourMs: number): TrainingRows =>
    labels === 'young'
      ? sets.ofHour(hourMs)
      : rowsBetween(sets.ofDay(floorDay(hourMs)), hourMs, hourMs + HOUR_MS)

  async function runChain(chain: StudyChain, scheduledMs: number, closedThroughMs: number) {
    const head = heads.get(chain.name)
    const lineage = [...bases, ...(head ? [head] : [])]
    const planned = decideRun(scene, 'hourly', closedThroughMs, lineage)
    const decision: RunDecision =
      chain.isRebased || !head
        ? planned
        : { ...planned, parent: head, dataFromMs: head.dataThroughMs }
    if (decision.stop !== null || decision.dataThroughMs <= decision.dataFromMs) return
    const parent = models.get(decision.parent!.version)!
    const model = decision.parent === head ? parent : copyModel(parent, chain.youngLabels)
    const hours = cut(decision.dataFromMs, decision.dataThroughMs, HOUR_MS)
    await increment(model, mergeRows(hours.map((hourMs) => hourRows(chain, hourMs))), 'hourly')
    // No run needs an earlier head of a chain.
    models.set(chain.name, model)
    heads.set(chain.name, acceptedRow(scene, chain.name, decision, scheduledMs))
  }

  return {
    async run(tier, scheduledMs, closedThroughMs) {
      if (tier !== 'hourly') return runBase(tier, scheduledMs, closedThroughMs)
      for (const chain of chains) await runChain(chain, scheduledMs, closedThroughMs)
    },
    full: () => trainedAs(bases.find(({ tier }) => tier === 'full')),
    base: () => trainedAs(bases.at(-1)),
    head: (chain) => trainedAs(heads.get(chain)),
  }
}
