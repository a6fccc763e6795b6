import type { Feature } from '../../functions/contract/features.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { bootstrapMean } from '../../functions/math/bootstrap.ts'
import { logLossAtLogit } from '../../functions/math/logistic.ts'
import { trainPasses } from '../../functions/trainer/fit.ts'
import { createLearner, createModel } from '../../functions/trainer/model.ts'
import { arrangeRows } from '../../functions/trainer/rows.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'

type Settings = Parameters<typeof createModel>[0]

/** The log loss of each row of the last quarter, of a model that was trained on the others. */
async function lossesOf(
  log: readonly SampleRow[],
  features: readonly Feature[],
  settings: Settings,
): Promise<number[]> {
  const model = createModel(settings)
  const vectorize = createVectorizer(features, settings.hashBits)
  const cut = (3 * log.length) / 4
  const options = { isIncrement: false, epochs: 2, holdoutFromMs: null }
  const trained = arrangeRows(log.slice(0, cut), features, vectorize)
  await trainPasses(model, trained, options, async () => false)
  const { logit } = createLearner(model)
  const { starts, slots, values, labels } = arrangeRows(log.slice(cut), features, vectorize)
  return Array.from(labels, (label, n) =>
    logLossAtLogit(logit(slots, values, starts[n]!, starts[n + 1]!), label),
  )
}

/** By how much the log loss of the last quarter falls with more features, with its 95 % interval by users. */
export async function heldOutGain(
  log: readonly SampleRow[],
  features: readonly Feature[],
  more: readonly Feature[],
  settings: Settings,
) {
  const without = await lossesOf(log, features, settings)
  const withMore = await lossesOf(log, [...features, ...more], settings)
  const users = log.slice(-without.length).map(({ user }) => user)
  return bootstrapMean(
    without.map((loss, n) => loss - withMore[n]!),
    users.map(() => 1),
    users,
    { resamples: 1000, confidence: 0.95, seed: 1 },
  )
}
