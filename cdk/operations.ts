import { Stack } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Stage } from '../functions/contract/stage.ts'
import { erase } from '../functions/erase/stages.ts'
import * as verbs from '../functions/release/stages.ts'
import { allow } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { reservedConcurrency } from './reserved.ts'
import type { StageName } from './rooms.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction, type StageProps } from './stage-function.ts'

/** After the daily run, its report and the hour's increments, so that few runs hold a lease. */
const HOURS_AFTER_DAILY_RUN = 5
const MINUTES_AFTER_HOURLY_RUNS = 25

/**
 * One function for each operator command, named `<stack>-<verb>` so that `npm run <verb>` finds it.
 * Also the function that deletes old releases once a day.
 */
export class Operations extends Construct {
  readonly #parts: PipelineParts

  constructor(scope: Construct, id: string, parts: PipelineParts, run: StateMachine) {
    super(scope, id)
    this.#parts = parts
    const mayRun = (role: Role): void =>
      allow(role, { actions: ['states:StartExecution'], resources: [run.stateMachineArn] })
    const plain = [
      verbs.lineage,
      verbs.explain,
      verbs.features,
      verbs.promote,
      verbs.freeze,
      verbs.thaw,
      verbs.flag,
      verbs.clear,
      verbs.forget,
    ]
    for (const stage of plain) this.#verb(stage)
    // In an incident, rollback must always find free concurrency.
    const { rollback } = reservedConcurrency(parts.settings)
    this.#verb(verbs.rollback, { reserved: rollback })
    for (const stage of [verbs.exclude, verbs.run])
      this.#verb(stage).mayUse('RUN_FLOW', run.stateMachineArn, mayRun)
    this.#erase()
    this.#collect()
    this.#excludeCheats(run, mayRun)
  }

  #verb<S extends Stage & { name: StageName }>(stage: S, props: StageProps = {}): StageFunction<S> {
    const functionName = `${Stack.of(this).stackName}-${stage.name}`
    return new StageFunction(this, stage, this.#parts, { functionName, ...props })
  }

  /** It hashes the id that an operator gives, as intake does. It reads neither raw nor quarantine. */
  #erase(): void {
    const { settings, store } = this.#parts
    this.#verb(erase)
      .usesSecret(store.identitySecret, 'IDENTITY_SECRET')
      .knows('RAW_RETENTION_DAYS', String(settings.rawRetentionDays))
      .knows('QUARANTINE_RETENTION_DAYS', String(settings.quarantineRetentionDays))
  }

  /** After the hour's runs: a screening that failed is made by the run of the next hour. */
  #excludeCheats(run: StateMachine, mayRun: (role: Role) => void): void {
    const { settings, deadLetters } = this.#parts
    const stage = new StageFunction(this, verbs.excludeCheats, this.#parts, { deadLetters })
    stage.mayUse('RUN_FLOW', run.stateMachineArn, mayRun)
    const schedules = new Schedules(this, 'CheatSchedules', this.#parts, {
      action: 'lambda:InvokeFunction',
      arn: stage.lambda.functionArn,
    })
    for (const { scene, tiers } of settings.scenes) {
      const minuteUtc = ((tiers.hourly?.minuteUtc ?? 0) + MINUTES_AFTER_HOURLY_RUNS) % 60
      schedules.add(scene, { minuteUtc }, { scene })
    }
  }

  #collect(): void {
    const { settings, deadLetters } = this.#parts
    const collect = new StageFunction(this, verbs.collect, this.#parts, { deadLetters }).lambda
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
