import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { StageFunction } from './stage-function.ts'

/** Publishes, verifies, then flips. */
export class Release extends Construct {
  readonly release: IFunction

  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { lake, models, online, registry } = parts.store
    const published = [keys.counterFiles, keys.cleanItemFiles, keys.cleanUserFiles]
    this.release = new StageFunction(this, 'release', parts, {
      description: 'Publishes an accepted version and flips to it',
      timeoutMinutes: 15,
      memoryMiB: 1769,
    })
      .reads(lake, 'LAKE_BUCKET', published)
      .lists(lake, 'LAKE_BUCKET', published)
      .reads(models, 'MODELS_BUCKET', [keys.modelFiles])
      .usesTable(registry, 'REGISTRY_TABLE', ['read', 'write'])
      .usesTable(online, 'ONLINE_TABLE', ['read', 'write', 'write in batches']).lambda
  }
}
