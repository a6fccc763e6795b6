import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNELS, type TrainingRun, trainingRunSchema } from '../contract/training.ts'

/** The folders of a SageMaker training container (developer guide, "How Amazon SageMaker AI provides training information"). */
export interface Layout {
  run: string
  samples: string
  models: string
  model: string
  data: string
  failure: string
  checkpoints: string
}

export const layoutOf = (root: string): Layout => ({
  run: join(root, 'input', 'data', CHANNELS.run),
  samples: join(root, 'input', 'data', CHANNELS.samples),
  models: join(root, 'input', 'data', CHANNELS.models),
  model: join(root, 'model'),
  data: join(root, 'output', 'data'),
  failure: join(root, 'output', 'failure'),
  checkpoints: join(root, 'checkpoints'),
})

export const readRun = (layout: Layout): TrainingRun =>
  trainingRunSchema.parse(JSON.parse(readFileSync(join(layout.run, 'run.json'), 'utf8')))

/** All Parquet files of the samples channel, in order of path. */
export const sampleFiles = (layout: Layout): string[] =>
  readdirSync(layout.samples, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(layout.samples, name))
