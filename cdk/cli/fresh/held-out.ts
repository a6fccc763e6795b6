import type { EventRow, SampleRow } from '../../../functions/contract/rows.ts'
import { type Feature, labelWindowMs, type Scene } from '../../../functions/contract/scene.ts'
import { servingCells } from '../../../functions/reader/slate.ts'
import { makeRows } from '../../../functions/samples/make.ts'
import { recipeOf } from '../../../functions/samples/recipe.ts'
import { predictFrom, trainPasses } from '../../../functions/trainer/fit.ts'
import { createModel, type Model } from '../../../functions/trainer/model.ts'
import { arrangeRows, type TrainingRows } from '../../../functions/trainer/rows.ts'
import { createVectorizer } from '../../../functions/trainer/vectorize.ts'
import { type Closing, closeLog } from './closings.ts'
import { valuesOf } from './history.ts'
import type { Log } from './log.ts'
import { openOnlineRows } from './online-rows.ts'

/** The samples of a whole log, by the code of closing, features and samples. The last days are held out. */
export interface HeldOut {
  scene: Scene
  seed: number
  log: Log
  closings: readonly Closing[]
  samples: readonly SampleRow[]
  heldFromMs: number
}

/** `features`: all whose cells are made. The scene's own come first. `closings`: what is kept of the log. */
export function sampleLog(
  scene: Scene,
  log: Log,
  heldFromMs: number,
  seed: number,
  features: readonly Feature[] = scene.features,
  closings: readonly Closing[] = closeLog(scene, log.events),
): HeldOut {
  const made = { ...scene, features: [...features] }
  const drops = [...Map.groupBy(log.events, ({ arrivalMs }) => arrivalMs)]
  const values = valuesOf(made, closings, drops, log)
  const own = closings.flatMap(({ kept }) => kept)
  const events = { own, ahead: [], context: [] }
  const maturedMs = log.throughMs + labelWindowMs(scene)
  const { rows: samples } = makeRows(recipeOf(made), events, values, maturedMs)
  return { scene, seed, log, closings, samples, heldFromMs }
}

export const arrange = (
  samples: readonly SampleRow[],
  features: readonly Feature[],
  { hashBits }: Scene['model'],
): TrainingRows => arrangeRows(samples, features, createVectorizer(features, hashBits))

interface Scored {
  model: Model
  /** The held-out rows, and the model's predictions for them. */
  rows: TrainingRows
  predictions: Float64Array
}

/** Trains a full on the days before, and scores the held-out ones, by the code of the trainer. */
export async function trainHeldOut(
  { scene, samples, heldFromMs }: HeldOut,
  features: readonly Feature[] = scene.features,
  configuration: Scene['model'] = scene.model,
): Promise<Scored> {
  const split = samples.findIndex(({ timeMs }) => timeMs >= heldFromMs)
  const { epochs } = scene.tiers.full
  const model = createModel(configuration)
  const options = { isIncrement: false, epochs, holdoutFromMs: null }
  const learned = arrange(samples.slice(0, split), features, configuration)
  await trainPasses(model, learned, options, async () => false)
  const rows = arrange(samples.slice(split), features, configuration)
  return { model, rows, predictions: predictFrom(model, rows, 0) }
}

/** The held-out samples with the cells that the reader made of online rows, each at its request. */
export async function serveHeldOut({
  scene,
  log,
  closings,
  samples,
  heldFromMs,
}: HeldOut): Promise<SampleRow[]> {
  const shown = new Map<string, EventRow>()
  for (const { kept } of closings)
    for (const row of kept) if (row.timeMs >= heldFromMs) shown.set(row.event, row)
  const online = openOnlineRows(scene, log, closings, heldFromMs)
  const served: SampleRow[] = []
  for (const sample of samples) {
    if (sample.timeMs < heldFromMs) continue
    online.advanceTo(sample.timeMs)
    const row = shown.get(sample.sample)!
    const known = await online.values.read(sample.user, [sample.item], sample.timeMs)
    let [cells] = servingCells(scene.features, [row], known.values)
    while (await known.readMissing()) [cells] = servingCells(scene.features, [row], known.values)
    served.push({ ...sample, ...cells })
  }
  return served
}
