import { Construct } from 'constructs'
import { parity } from '../functions/audit/stages.ts'
import { closingMinute } from '../functions/registry/timetable.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** After the hour's closing and its increment. */
const MINUTES_AFTER_CLOSING = 30

/** Compares served cells with those of samples, scene by scene, each hour. */
export class Audit extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { deadLetters } = parts
    const { functionArn: arn } = new StageFunction(this, parity, parts, { deadLetters }).lambda
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'lambda:InvokeFunction',
      arn,
    })
    for (const scene of parts.settings.scenes) {
      const minuteUtc = (closingMinute(scene) + MINUTES_AFTER_CLOSING) % 60
      schedules.add(scene.scene, { minuteUtc }, { scene: scene.scene })
    }
  }
}
