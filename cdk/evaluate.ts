import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'

/** Judges a version by the scores that its training left. */
export class Evaluate extends Construct {
  readonly evaluate: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { models, registry } = parts.store
    this.evaluate = new StageFunction(this, 'evaluate', parts, {
      description: 'Judges a training job that has ended',
      timeoutMinutes: 15,
      memoryMiB: 3008,
    })
      .reads(models, 'MODELS_BUCKET', [keys.modelArchives, keys.outputArchives, keys.evaluations])
      .lists(models, 'MODELS_BUCKET', [keys.jobFolders, keys.evaluations])
      .writes(models, 'MODELS_BUCKET', [keys.modelFiles, keys.evaluations])
      .usesTable(registry, 'REGISTRY_TABLE', ['read', 'write']).lambda
  }
}
