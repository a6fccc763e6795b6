import { Duration } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Choice, Condition, type StateMachine, Succeed } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { Flow } from './flow.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/**
 * A full build of a search index: Rebuild, and where it answers that the lake is cut into parts, Index each part and
 * Rebuild again. Most lakes are one part.
 */
export class RebuildFlow extends Flow {
  readonly machine: StateMachine

  constructor(
    scope: Construct,
    id: string,
    parts: PipelineParts,
    stages: { rebuild: IFunction; part: IFunction },
  ) {
    super(scope, id, parts)
    const { mapConcurrency } = parts.settings
    const rebuild = this.invoke('Rebuild', stages.rebuild)
    const each = this.eachTask('IndexPart', '$.pieces', mapConcurrency, stages.part).next(rebuild)
    rebuild.next(
      new Choice(this, 'IsInParts')
        .when(Condition.stringEquals('$.result', 'planned'), each)
        .otherwise(new Succeed(this, 'Built')),
    )
    this.machine = this.createMachine('A full build of a search index', Duration.hours(24), rebuild)
  }
}
