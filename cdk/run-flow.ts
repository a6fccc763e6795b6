import { Duration } from 'aws-cdk-lib'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { TIERS } from '../functions/contract/training.ts'
import { closingMinute } from '../functions/registry/timetable.ts'
import { Flow, type FlowStages } from './flow.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { Schedules } from './schedules.ts'

/** Champion and challenger take turns, since only one run writes at a time. The champion is first. */
const CANARY_AFTER_MINUTES = 10

/** The run of a tier, started by the tier's schedule. */
export class RunFlow extends Flow {
  readonly machine: StateMachine

  constructor(
    scope: Construct,
    id: string,
    parts: PipelineParts,
    stages: FlowStages,
    judge: StateMachine,
  ) {
    super(scope, id, parts)
    const run = this.run(stages, judge)
    this.machine = this.createMachine('A run of one tier', Duration.hours(24), run)
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'states:StartExecution',
      arn: this.machine.stateMachineArn,
    })
    for (const { scene, tiers } of parts.settings.scenes)
      for (const tier of TIERS)
        if (tiers[tier]) schedules.add(`${scene}-${tier}`, tiers[tier], { scene, tier })
    // Hours are closed and values folded each hour, in scenes without an hourly tier too.
    for (const scene of parts.settings.scenes)
      if (!scene.tiers.hourly)
        schedules.add(
          `${scene.scene}-values`,
          { minuteUtc: closingMinute(scene) },
          { scene: scene.scene, tier: 'hourly' },
        )
    for (const { scene, tiers, canary } of parts.settings.scenes)
      if (tiers.hourly && canary)
        schedules.add(
          `${scene}-hourly-canary`,
          { minuteUtc: (tiers.hourly.minuteUtc + CANARY_AFTER_MINUTES) % 60 },
          { scene, tier: 'hourly', arm: 'canary' },
        )
  }
}
