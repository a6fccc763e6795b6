import { Stack } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { StageName } from '../functions/contract/environments.ts'
import { allow } from './grants.ts'
import * as keys from './key-patterns.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** After the daily run, its report and the hour's increments: few writers to wait for. */
const HOURS_AFTER_DAILY_RUN = 5
const MINUTES_AFTER_HOURLY_RUNS = 25

/**
 * What a person does to the lineage, one function a verb, named `<stack>-<verb>` so that nobody has
 * to look a name up (`npm run <verb>`); and what deletes old releases, once a day.
 */
export class Operations extends Construct {
  readonly #parts: PipelineParts

  constructor(scope: Construct, id: string, parts: PipelineParts, run: StateMachine) {
    super(scope, id)
    this.#parts = parts
    const { lake, models, registry } = parts.store
    const READ_WRITE = ['read', 'write'] as const
    const mayRun = (role: Role): void =>
      allow(role, { actions: ['states:StartExecution'], resources: [run.stateMachineArn] })

    this.#verb('lineage', 'How a version came to be: {scene, version?, limit?}').usesTable(
      registry,
      'REGISTRY_TABLE',
      ['read'],
    )
    const explained = [keys.evaluations, keys.versionManifests]
    this.#verb('explain', 'What a release is and why: {scene, sequence?}')
      .reads(models, 'MODELS_BUCKET', explained)
      .lists(models, 'MODELS_BUCKET', explained)
      .usesTable(registry, 'REGISTRY_TABLE', ['read'])
    this.#verb('promote', 'Serves everybody a version: {scene, version?, reason, requestedTime}')
      .reads(models, 'MODELS_BUCKET', [keys.modelFiles])
      .lists(models, 'MODELS_BUCKET', [keys.modelFiles])
      .usesTable(registry, 'REGISTRY_TABLE', READ_WRITE)
    this.#verb(
      'rollback',
      'Serves an earlier release: {scene, reason, requestedTime, to?, canary?}',
    ).usesTable(registry, 'REGISTRY_TABLE', READ_WRITE)
    this.#verb(
      'freeze',
      'Has a tier or chain rest: {scene, subject, reason, requestedTime}',
    ).usesTable(registry, 'REGISTRY_TABLE', READ_WRITE)
    this.#verb(
      'thaw',
      'Lets a tier or chain run: {scene, subject, reason, requestedTime}',
    ).usesTable(registry, 'REGISTRY_TABLE', READ_WRITE)
    this.#verb('exclude', 'Unlearns an interval: {scene, from, through, reason, requestedTime}')
      .reads(lake, 'LAKE_BUCKET', [keys.sampleManifests])
      .lists(lake, 'LAKE_BUCKET', [keys.sampleManifests])
      .reads(models, 'MODELS_BUCKET', [keys.versionManifests])
      .lists(models, 'MODELS_BUCKET', [keys.versionManifests])
      .usesTable(registry, 'REGISTRY_TABLE', READ_WRITE)
      .mayUse('RUN_FLOW', run.stateMachineArn, mayRun)
    this.#verb('run', 'Starts a run of a tier now: {scene, tier, requestedTime}').mayUse(
      'RUN_FLOW',
      run.stateMachineArn,
      mayRun,
    )
    this.#collect()
  }

  #verb<S extends StageName>(verb: S, description: string): StageFunction<S> {
    return new StageFunction(this, verb, this.#parts, {
      description,
      functionName: `${Stack.of(this).stackName}-${verb}`,
      timeoutMinutes: 5,
      memoryMiB: 512,
      // A place that is always free for the one that a person calls in need.
      ...(verb === 'rollback'
        ? { reserved: reservedConcurrency(this.#parts.settings).rollback }
        : {}),
    })
  }

  #collect(): void {
    const { settings, store, deadLetters } = this.#parts
    const collect = new StageFunction(this, 'collect', this.#parts, {
      description: 'Deletes models that nobody will serve or build on any more',
      timeoutMinutes: 15,
      memoryMiB: 1024,
      deadLetters,
    })
      .lists(store.models, 'MODELS_BUCKET', [keys.versionFiles])
      .deletes(store.models, 'MODELS_BUCKET', [keys.modelFiles, keys.jobFolders, keys.checkpoints])
      .usesTable(store.registry, 'REGISTRY_TABLE', ['read', 'write']).lambda
    const schedules = new Schedules(this, 'Schedules', this.#parts, {
      action: 'lambda:InvokeFunction',
      arn: collect.functionArn,
    })
    for (const { scene, tiers } of settings.scenes) {
      const { hourUtc } = laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily)
      const minuteUtc = ((tiers.hourly?.minuteUtc ?? 0) + MINUTES_AFTER_HOURLY_RUNS) % 60
      schedules.add(scene, { hourUtc: hourUtc!, minuteUtc }, { scene })
    }
  }
}
