import { Duration } from 'aws-cdk-lib'
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Scene } from '../functions/contract/scene.ts'
import { ageBoundMs, servedBoundMs, tiersOf } from '../functions/registry/timetable.ts'
import type { AlarmProps } from './alarms.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import type { MetricName } from './rooms.ts'
import { stageMetric } from './stage-metric.ts'

/** Long enough for a datapoint to be there before the next is looked for. */
const NEWS = Duration.minutes(5)
/** Ages are measured when a run is planned: in between an alarm stays as it was. */
const PULSE = Duration.hours(1)

const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`

/** What a person is told of one scene: a gate that closed, a release taken back, data that got old. */
export class SceneAlarms extends Construct {
  constructor(scope: Construct, { alarms, settings }: PipelineParts, scene: Scene) {
    super(scope, scene.scene)
    const { scene: name } = scene
    const measured = (metric: MetricName, period: Duration) =>
      stageMetric(settings, metric, { scene: name }, period)
    const raise = (id: string, props: AlarmProps): void => alarms.raise(this, id, props)

    raise('RefusalAlarm', {
      metric: measured('Refusals', NEWS),
      threshold: 0,
      section: 'refusal',
      what: `A gate of ${name} refused data or a version; what was served is served on`,
    })
    raise('RollbackAlarm', {
      metric: measured('Rollbacks', NEWS),
      threshold: 0,
      section: 'rollback',
      what: `${name} was taken back to an earlier release or to none, by a person or by a gate`,
    })
    raise('DropsRefusedAlarm', {
      metric: measured('DropsRefused', NEWS),
      threshold: 0,
      section: 'drops-refused',
      what: `Whole drops of ${name} were refused: nothing of them was read`,
    })
    raise('HourExcludedAlarm', {
      metric: measured('HoursExcluded', NEWS),
      threshold: 0,
      section: 'hour-excluded',
      what: `An hour of ${name}, or a shard of one, could not be closed: none of its events were kept`,
    })
    if (scene.tiers.hourly)
      raise('LeaseAlarm', {
        metric: measured('LeaseOverdue', PULSE),
        threshold: 0,
        section: 'lease-lost',
        what: `A run of ${name} did not give its lease back in its time; the next run took it over`,
      })
    for (const tier of tiersOf(scene)) {
      const boundMs = ageBoundMs(scene, tier)
      raise(`${tier}AgeAlarm`, {
        metric: stageMetric(settings, 'AcceptedAge', { scene: name, tier }, PULSE),
        threshold: boundMs / 1000,
        missing: TreatMissingData.IGNORE,
        section: 'stale-model',
        what: `The newest accepted ${tier} version of ${name} has seen nothing for more than ${hours(boundMs)}`,
      })
    }
    const servedMs = servedBoundMs(scene)
    raise('ServedAgeAlarm', {
      metric: measured('ServedAge', PULSE),
      threshold: servedMs / 1000,
      missing: TreatMissingData.IGNORE,
      section: 'stale-model',
      what: `What is served of ${name} has seen nothing for more than ${hours(servedMs)}`,
    })
  }
}
