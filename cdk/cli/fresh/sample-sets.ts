import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { makeRows } from '../../../functions/samples/make.ts'
import { recipeOf } from '../../../functions/samples/recipe.ts'
import { arrangeRows, type TrainingRows } from '../../../functions/trainer/rows.ts'
import { createVectorizer } from '../../../functions/trainer/vectorize.ts'
import type { History } from './history.ts'

/** Sample sets of a history, each made once, with the pipeline's attribution, features and sampling. */
export interface SampleSets {
  /** A day with matured labels. Daily and full train on it, and scores use its labels. */
  ofDay(dayMs: number): TrainingRows
  /** An hour with the labels known when it was closed. Hourly trains on it. */
  ofHour(hourMs: number): TrainingRows
}

export function createSampleSets(scene: Scene, history: History): SampleSets {
  const windowMs = scene.outcomes[scene.objective]!.attributionWindowMinutes * MINUTE_MS
  const recipe = recipeOf(scene)
  const values = history.valuesFor(scene)
  const vectorize = createVectorizer(scene.features, scene.model.hashBits)
  const make = (fromMs: number, lengthMs: number, outcomesThroughMs: number): TrainingRows => {
    const endMs = fromMs + lengthMs
    const events = {
      own: history.between(fromMs, endMs),
      ahead: history.between(endMs, outcomesThroughMs),
      context: history.between(fromMs - windowMs, fromMs),
    }
    const { rows } = makeRows(recipe, events, values, outcomesThroughMs)
    return arrangeRows(rows, scene.features, vectorize)
  }
  const days = new Map<number, TrainingRows>()
  const hours = new Map<number, TrainingRows>()
  const once = (made: Map<number, TrainingRows>, fromMs: number, how: () => TrainingRows) => {
    const rows = made.get(fromMs) ?? how()
    made.set(fromMs, rows)
    return rows
  }
  return {
    ofDay: (dayMs) => once(days, dayMs, () => make(dayMs, DAY_MS, dayMs + DAY_MS + windowMs)),
    // An hourly run closes the newest possible hour and has seen no outcome after it.
    ofHour: (hourMs) => once(hours, hourMs, () => make(hourMs, HOUR_MS, hourMs + HOUR_MS)),
  }
}
