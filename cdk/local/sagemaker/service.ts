import { allowAll } from '../authorize.ts'
import { jsonService, operationsOver } from '../json-service.ts'
import type { Service } from '../ports.ts'
import { OPERATIONS } from './operations.ts'
import type { SageMakerOptions, SageMakerState, TrainingJob } from './state.ts'

export type { TrainingJob } from './state.ts'

export interface LocalSageMaker extends Service {
  jobs(): readonly TrainingJob[]
  close(): Promise<void>
}

/** SageMaker training jobs: each is a process, and EventBridge gets its state changes. */
export function createSageMaker(options: SageMakerOptions): LocalSageMaker {
  const state: SageMakerState = {
    options,
    authorize: options.authorize ?? allowAll,
    jobs: new Map(),
    running: new Map(),
    waiting: [],
    active: 0,
    isClosed: false,
  }
  return {
    jobs: () => [...state.jobs.values()],
    async close() {
      state.isClosed = true
      for (const wake of state.waiting.splice(0)) wake()
      const running = [...state.running.values()]
      for (const run of running) run.stop()
      await Promise.all(running.map(({ ended }) => ended))
    },
    ...jsonService('sagemaker', operationsOver(state, OPERATIONS)),
  }
}
