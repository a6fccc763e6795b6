import type { CostClass } from '../../../functions/contract/stage.ts'
import { stages } from '../../rooms.ts'

export const TRAINING_JOBS = 'training'
/** A training job makes the same number of requests in each run, whatever its size. */
const TRAINING: CostClass = { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' }

/** What the costs of a measured stage grow with. */
export const costClassOf = (name: string): CostClass | undefined =>
  name === TRAINING_JOBS ? TRAINING : stages.find(({ stage }) => stage.name === name)?.stage.cost
export const invokedBy = (by: CostClass['invokedBy']): string[] =>
  stages.filter(({ stage }) => stage.cost.invokedBy === by).map(({ stage }) => stage.name)
