import type { Study } from '../../../functions/contract/fresh.ts'
import type { Feature, Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { predictFrom } from '../../../functions/trainer/fit.ts'
import { WORLD_DEFAULTS } from '../world/options.ts'
import { compareArms, PREVIOUS, type ScoredTrial } from './compare.ts'
import { CANDIDATES, featureSteps, plainRate } from './feature-groups.ts'
import { arrange, type HeldOut, sampleLog, serveHeldOut, trainHeldOut } from './held-out.ts'
import { type Log, publicLog, worldLog } from './log.ts'
import type { StudySettings } from './settings.ts'

const HELD_DAYS = 2
/** Share of a public data set, by time, that is held out. */
const HELD_SHARE = 0.2

/** A data set of the study: its logs, one a seed, and where the held-out rows begin. */
interface DataSet {
  name: string
  note: string
  scene: Scene
  drift: number | null
  logs: readonly { seed: number; open(): Log }[]
  heldFrom(log: Log): number
}

/** The scene's features, and all others that a variant reads. */
const everyFeature = ({ scene, features }: { scene: string; features: readonly Feature[] }) => {
  const plain = features.map(plainRate).filter((one) => !features.includes(one))
  return [...features, ...plain, ...Object.values(CANDIDATES[scene] ?? {})]
}

/** What a variant is called, reads and trains. */
type Variant = readonly [name: string, features: readonly Feature[], model: Scene['model']]

/** Both kinds, with the same settings but for the factors. */
function modelsOf({ features, model }: Scene): Variant[] {
  const factors = { factors: 8, factorAlpha: 0.02, factorL2: 0.01, factorInit: 0.05 }
  return [
    ['logistic regression', features, { ...model, kind: 'logistic' }],
    ['factorization machine', features, { ...model, kind: 'factorization-machine', ...factors }],
  ]
}

/** Trains one variant after another, and scores the same rows with each. */
async function trialOf(held: HeldOut, variants: readonly Variant[]): Promise<ScoredTrial> {
  const predictions: Record<string, Float64Array> = {}
  let rows: ScoredTrial['rows'] | null = null
  for (const [name, features, model] of variants) {
    const scored = await trainHeldOut(held, features, model)
    predictions[name] = scored.predictions
    rows ??= scored.rows
  }
  return { seed: held.seed, rows: rows!, predictions }
}

/** The scene as sampled, and with the cells that the reader served. */
async function serveTrial(held: HeldOut): Promise<ScoredTrial & { equal: number; cells: number }> {
  const { model, rows, predictions } = await trainHeldOut(held)
  const served = await serveHeldOut(held)
  const sampled = held.samples.filter(({ timeMs }) => timeMs >= held.heldFromMs)
  let equal = 0
  let cells = 0
  for (const [n, row] of served.entries())
    for (const { name, kind } of held.scene.features)
      if (kind !== 'cross') {
        cells++
        if (row[`f_${name}`] === sampled[n]![`f_${name}`]) equal++
      }
  const servedRows = arrange(served, held.scene.features, held.scene.model)
  return {
    ...{ seed: held.seed, rows, equal, cells },
    predictions: { 'as sampled': predictions, 'as served': predictFrom(model, servedRows, 0) },
  }
}

/** The days before the held-out ones: settings are chosen there. */
function validationOf(held: HeldOut): HeldOut {
  const { samples, heldFromMs } = held
  const before = samples.filter(({ timeMs }) => timeMs < heldFromMs)
  const lengthMs = samples.at(-1)!.timeMs - heldFromMs
  return { ...held, samples: before, heldFromMs: heldFromMs - lengthMs }
}

/** Variants of the scene's settings, then the scene with one more feature each. */
const choicesOf = ({ scene, features, model }: Scene): Variant[] => [
  ['the scene', features, model],
  ...[0.005, 0.1].map((alpha): Variant => [`alpha ${alpha}`, features, { ...model, alpha }]),
  ...Object.entries(CANDIDATES[scene] ?? {}).map(
    ([name, feature]): Variant => [`+ ${name}`, [...features, feature], model],
  ),
]

async function* studyDataSet(settings: StudySettings, data: DataSet): AsyncGenerator<Study> {
  const { scene, logs, name, note, drift } = data
  const trials = { held: [], steps: [], models: [], choices: [] } as Record<string, ScoredTrial[]>
  let equal = 0
  let cells = 0
  for (const { seed, open } of logs) {
    settings.announce(`features on ${name}, seed ${seed}`)
    const log = open()
    const held = sampleLog(scene, log, data.heldFrom(log), seed, everyFeature(scene))
    const { features, model } = scene
    const served = await serveTrial(held)
    equal += served.equal
    cells += served.cells
    trials['held']!.push(served)
    const steps = featureSteps(features).map(([step, own]): Variant => [step, own, model])
    trials['steps']!.push(await trialOf(held, steps))
    trials['models']!.push(await trialOf(held, modelsOf(scene)))
    trials['choices']!.push(await trialOf(validationOf(held), choicesOf(scene)))
  }
  const study = (group: Study['group'], baseline: string, own: ScoredTrial[], more: string) =>
    compareArms({ group, name, note: more, drift, baseline }, own, settings.bootstrap)
  const shown = `${equal.toLocaleString('en-GB')} of ${cells.toLocaleString('en-GB')} served values equal those of samples`
  yield study('held-out', 'as sampled', trials['held']!, `${note}; ${shown}`)
  yield study('features', PREVIOUS, trials['steps']!, note)
  yield study('models', 'logistic regression', trials['models']!, note)
  yield study('choices', 'the scene', trials['choices']!, `${note}; on the days before those`)
}

/** What features, models and settings are worth on held-out days, through the pipeline's code. */
export async function* studyFeatures(
  settings: StudySettings,
  folders: { movielens: string | null; openBandit: string | null },
): AsyncGenerator<Study> {
  const { dropMinutes } = settings
  const drops = `drops of ${dropMinutes} min`
  yield* studyDataSet(settings, {
    name: 'seeded world',
    note: `${settings.users} users, ${settings.days} days, the last ${HELD_DAYS} held out, ${drops}`,
    scene: settings.feed,
    drift: WORLD_DEFAULTS.drift,
    logs: settings.seeds.map((seed) => ({
      seed,
      open: () =>
        worldLog(
          { ...WORLD_DEFAULTS, users: settings.users, days: settings.days, seed, dropMinutes },
          settings.feed,
        ),
    })),
    heldFrom: ({ throughMs }) => throughMs - HELD_DAYS * DAY_MS,
  })
  const sets = [
    ['movielens', 'MovieLens by time', folders.movielens],
    ['open-bandit', 'Open Bandit by time', folders.openBandit],
  ] as const
  for (const [format, name, folder] of sets) {
    if (folder === null) continue
    const scene = format === 'movielens' ? settings.movielens : settings.openBandit
    yield* studyDataSet(settings, {
      ...{ name, note: `the last fifth held out, ${drops}`, scene, drift: null },
      logs: [{ seed: 1, open: () => publicLog(format, folder, scene, dropMinutes) }],
      heldFrom: ({ events }) => {
        const times = events.filter(({ type }) => type === 'impression').map((row) => row.timeMs)
        return times.sort((a, b) => a - b)[Math.floor((1 - HELD_SHARE) * times.length)]!
      },
    })
  }
}
