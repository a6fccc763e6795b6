import { Duration } from 'aws-cdk-lib'
import type { Policy } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { DistributedMap, JsonPath, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { TIERS } from '../functions/contract/training.ts'
import { Flow } from './flow.ts'
import { acknowledgeOpenResources } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { Schedules } from './schedules.ts'

export interface RunStages {
  plan: IFunction
  close: IFunction
  samples: IFunction
  start: IFunction
}

/** What one run does: Plan → Close each piece → Sample each piece → Start. On each tier's schedule. */
export class RunFlow extends Flow {
  readonly machine: StateMachine

  constructor(scope: Construct, id: string, parts: PipelineParts, stages: RunStages) {
    super(scope, id, parts)
    const { mapConcurrency, scenes } = parts.settings
    const definition = this.invoke('Plan', stages.plan)
      .next(this.#eachPiece('Close', '$.closingPieces', mapConcurrency, stages.close))
      .next(this.#eachPiece('Samples', '$.samplePieces', mapConcurrency, stages.samples))
      .next(this.invoke('Start', stages.start))
    this.machine = this.createMachine('A run of one tier', Duration.hours(24), definition)
    acknowledgeOpenResources(
      this.machine.node.findChild('DistributedMapPolicy') as Policy,
      "A distributed map runs executions of its own state machine, whose names are Step Functions' to give.",
    )
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'states:StartExecution',
      arn: this.machine.stateMachineArn,
    })
    for (const { scene, tiers } of scenes)
      for (const tier of TIERS) schedules.add(`${scene}-${tier}`, tiers[tier], { scene, tier })
  }

  /**
   * Distributed, since a year's first run has more pieces than one execution's history can hold
   * (25,000 events). Each piece writes its own objects; nothing of it stands in the state.
   */
  #eachPiece(id: string, itemsPath: string, maxConcurrency: number, stage: IFunction) {
    return new DistributedMap(this, `Each${id}`, {
      itemsPath,
      itemSelector: {
        planKey: JsonPath.stringAt('$.planKey'),
        piece: JsonPath.numberAt('$$.Map.Item.Value'),
      },
      maxConcurrency,
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(this.invoke(id, stage))
  }
}
