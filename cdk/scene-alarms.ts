import { Duration } from 'aws-cdk-lib'
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Scene } from '../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS, READING_MINUTES } from '../functions/contract/time.ts'
import { ageBoundMs, servedBoundMs, tiersOf } from '../functions/registry/timetable.ts'
import type { AlarmProps } from './alarms.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import type { MetricName } from './rooms.ts'
import { stageMetric } from './stage-metric.ts'

/** Short, so that an event raises its alarm soon. */
const NEWS = Duration.minutes(5)
/** Ages are measured only when a run is planned. Between two runs the alarm keeps its state. */
const PULSE = Duration.hours(1)

/** Of the values that were served within an hour, by those that the reader logged. */
const LEAST_EQUAL_PERCENT = 99.9
/** A drop is folded by its closing at the latest, an hour after its arrival or more. */
const NEAR_LINE_BOUND_SECONDS = 15 * 60
/** The lag of a closing, and one closing that was skipped. */
const foldBoundMs = (scene: Scene): number =>
  Math.max(scene.latenessMinutes, READING_MINUTES) * MINUTE_MS + 3 * HOUR_MS

const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`

/** Alarms of one scene: a gate that refused, a release that was taken back, stale data. */
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
      what: `A gate of ${name} refused data or a version. The served release stays`,
    })
    raise('RollbackAlarm', {
      metric: measured('Rollbacks', NEWS),
      threshold: 0,
      section: 'rollback',
      what: `An operator or a gate took ${name} back to an earlier release, or to none`,
    })
    raise('DropsRefusedAlarm', {
      metric: measured('DropsRefused', NEWS),
      threshold: 0,
      section: 'drops-refused',
      what: `Intake refused whole drops of ${name} and read none of their records`,
    })
    raise('HourExcludedAlarm', {
      metric: measured('HoursExcluded', NEWS),
      threshold: 0,
      section: 'hour-excluded',
      what: `An hour of ${name}, or a shard of it, could not be closed. All its events are excluded`,
    })
    raise('NearLineDelayAlarm', {
      metric: measured('NearLineDelay', NEWS),
      threshold: NEAR_LINE_BOUND_SECONDS,
      section: 'values-late',
      what: `Drops of ${name} wait longer than ${NEAR_LINE_BOUND_SECONDS / 60} minutes for the online values`,
    })
    raise('ValuesAgeAlarm', {
      metric: measured('ValuesAge', PULSE),
      threshold: foldBoundMs(scene) / 1000,
      missing: TreatMissingData.IGNORE,
      section: 'values-old',
      what: `No hour of ${name} was folded into the online values in the last ${hours(foldBoundMs(scene))}`,
    })
    if (scene.search) this.#watchIndex(settings, alarms, name)
    if (scene.embeddings) this.#watchSpace(settings, alarms, scene)
    this.#watchKnowledge(settings, alarms, scene)
    if (scene.tiers.hourly)
      raise('LeaseAlarm', {
        metric: measured('LeaseOverdue', PULSE),
        threshold: 0,
        section: 'lease-lost',
        what: `A run of ${name} held its lease too long. The next run took the lease over`,
      })
    raise('ParityAlarm', {
      metric: measured('ParityEqualShare', PULSE),
      threshold: LEAST_EQUAL_PERCENT,
      isFloor: true,
      section: 'parity',
      what: `Less than ${LEAST_EQUAL_PERCENT} % of the values that ${name} served equal those of its samples`,
    })
    for (const tier of tiersOf(scene)) {
      const boundMs = ageBoundMs(scene, tier)
      raise(`${tier}AgeAlarm`, {
        metric: stageMetric(settings, 'AcceptedAge', { scene: name, tier }, PULSE),
        threshold: boundMs / 1000,
        missing: TreatMissingData.IGNORE,
        section: 'stale-model',
        what: `The newest accepted ${tier} version of ${name} has no data of the last ${hours(boundMs)}`,
      })
    }
    const servedMs = servedBoundMs(scene)
    raise('ServedAgeAlarm', {
      metric: measured('ServedAge', PULSE),
      threshold: servedMs / 1000,
      missing: TreatMissingData.IGNORE,
      section: 'stale-model',
      what: `The served version of ${name} has no data of the last ${hours(servedMs)}`,
    })
  }

  #watchIndex(
    settings: PipelineParts['settings'],
    alarms: PipelineParts['alarms'],
    scene: string,
  ): void {
    const measured = (metric: MetricName) => stageMetric(settings, metric, { scene }, NEWS)
    alarms.raise(this, 'IndexDelayAlarm', {
      metric: measured('IndexDelay'),
      threshold: NEAR_LINE_BOUND_SECONDS,
      section: 'index-late',
      what: `Drops of ${scene} wait longer than ${NEAR_LINE_BOUND_SECONDS / 60} minutes until they are searchable`,
    })
    alarms.raise(this, 'IndexRefusedAlarm', {
      metric: measured('IndexRefused'),
      threshold: 0,
      section: 'index-refused',
      what: `A rebuilt search index of ${scene} did not pass its gate. The served one stays`,
    })
  }

  /** Chunks of documents, and the graph. */
  #watchKnowledge(
    settings: PipelineParts['settings'],
    alarms: PipelineParts['alarms'],
    { scene, documents, graph }: Scene,
  ): void {
    const measured = (metric: MetricName) => stageMetric(settings, metric, { scene }, NEWS)
    if (documents)
      alarms.raise(this, 'DocumentsUnreadableAlarm', {
        metric: measured('DocumentsUnreadable'),
        threshold: 0,
        section: 'documents-unreadable',
        what: `Documents of ${scene} could not be divided into chunks. Their former chunks stay`,
      })
    if (graph)
      alarms.raise(this, 'GraphRefusedAlarm', {
        metric: measured('GraphRefused'),
        threshold: 0,
        section: 'graph-refused',
        what: `A graph of ${scene} that was built again did not pass its gate. The served one stays`,
      })
  }

  #watchSpace(
    settings: PipelineParts['settings'],
    alarms: PipelineParts['alarms'],
    scene: Scene,
  ): void {
    const { scene: name } = scene
    alarms.raise(this, 'SpaceRefusedAlarm', {
      metric: stageMetric(settings, 'SpaceRefused', { scene: name }, NEWS),
      threshold: 0,
      section: 'space-refused',
      what: `A trained space of ${name} did not pass its gate. The served one stays`,
    })
    const boundMs = foldBoundMs(scene)
    alarms.raise(this, 'PlacementAgeAlarm', {
      metric: stageMetric(settings, 'PlacementAge', { scene: name }, PULSE),
      threshold: boundMs / 1000,
      missing: TreatMissingData.IGNORE,
      section: 'placement-old',
      what: `New items and users of ${name} were not placed in the space in the last ${hours(boundMs)}`,
    })
  }
}
