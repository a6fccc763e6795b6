import { Duration, Stack } from 'aws-cdk-lib'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as Board,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Scene } from '../functions/contract/scene.ts'
import { ageBoundMs, servedBoundMs, tiersOf } from '../functions/registry/timetable.ts'
import type { Settings } from './config.ts'
import type { MetricName } from './rooms.ts'
import { stageMetric } from './stage-metric.ts'

/** Resources that the dashboard shows besides the scenes: all of their kind in the stack. */
export interface Drawn {
  alarms: Alarm[]
  functions: LambdaFunction[]
  queues: Queue[]
  machines: StateMachine[]
}

const HOUR = Duration.hours(1)
const FIVE_MINUTES = Duration.minutes(5)
/** A dashboard row is 24 units wide. */
const THIRD = 8

const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left, right, width: THIRD, height: 6, leftYAxis: { min: 0 } })
const labelOf = ({ node }: { node: Construct['node'] }): string =>
  node.path.split('/').slice(1).join(' ')

/** One page: freshness of the served model, decisions, and stuck work. */
export class Dashboard extends Construct {
  readonly name: string
  readonly #settings: Settings

  constructor(
    scope: Construct,
    id: string,
    settings: Settings & { scenes: readonly Scene[] },
    drawn: Drawn,
  ) {
    super(scope, id)
    this.#settings = settings
    this.name = Stack.of(this).stackName
    new Board(this, 'Board', {
      dashboardName: this.name,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: drawn.alarms, width: 24, height: 4 })],
        ...settings.scenes.flatMap((scene) => this.#ofScene(scene)),
        ...this.#ofServices(drawn),
      ],
    })
  }

  #ofScene(scene: Scene): IWidget[][] {
    const { scene: name } = scene
    const metrics = (...names: MetricName[]): IMetric[] =>
      names.map((metric) => stageMetric(this.#settings, metric, { scene: name }, HOUR))
    const tiers = tiersOf(scene)
    const byTier = (metric: MetricName): IMetric[] =>
      tiers.map((tier) => stageMetric(this.#settings, metric, { scene: name, tier }, HOUR))
    const bounds = [
      ...tiers.map((tier) => ({ value: ageBoundMs(scene, tier) / 1000, label: `${tier} is late` })),
      { value: servedBoundMs(scene) / 1000, label: 'served is late' },
    ]
    const age = new GraphWidget({
      title: `${name}: age of the newest accepted version and of the served version`,
      left: [...byTier('AcceptedAge'), ...metrics('ServedAge')],
      leftAnnotations: bounds,
      width: 2 * THIRD,
      height: 6,
      leftYAxis: { min: 0, label: 'seconds', showUnits: false },
    })
    return [
      [new TextWidget({ markdown: `## ${name}`, width: 24, height: 1 })],
      [age, graph(`${name}: age at the flip`, byTier('ReleaseFreshness'))],
      [
        graph(
          `${name}: decisions, and what erasures left`,
          metrics('Flips', 'Skips'),
          metrics('Refusals', 'Rollbacks', 'Failures', 'ErasureLeftovers'),
        ),
        graph(
          `${name}: records read`,
          metrics('RecordsAccepted'),
          metrics('RecordsQuarantined', 'DropsRefused'),
        ),
        graph(
          `${name}: events closed`,
          metrics('EventsKept'),
          metrics('EventsDuplicate', 'EventsExcluded', 'HoursExcluded'),
        ),
      ],
      [
        graph(
          `${name}: events screened, findings and verdicts`,
          metrics('EventsScreened'),
          metrics('Findings', 'Verdicts'),
        ),
        graph(
          `${name}: events that left the counts, and came back`,
          metrics('EventsRemoved', 'EventsRestored'),
        ),
      ],
      [
        graph(`${name}: online values written (rows)`, metrics('NearLineRows', 'RowsFolded')),
        graph(`${name}: online values (seconds)`, metrics('NearLineDelay'), metrics('ValuesAge')),
      ],
      ...(scene.search ? [indexGraphs(name, metrics)] : []),
      ...(scene.embeddings ? [spaceGraphs(name, metrics)] : []),
      ...(scene.graph ? [graphGraphs(name, metrics)] : []),
      ...(scene.documents || scene.preferences ? [answerGraphs(name, metrics)] : []),
      [
        graph(
          `${name}: verdicts`,
          byTier('VersionsAccepted'),
          (['VersionsRefused', 'VersionsRelapsed', 'VersionsFailed'] as const).flatMap(byTier),
        ),
        graph(
          `${name}: lease held, overdue (seconds)`,
          metrics('LeaseHeld'),
          metrics('LeaseOverdue'),
        ),
        graph(
          `${name}: served values compared, percent equal to samples`,
          metrics('ParityValues', 'ParityLateValues'),
          metrics('ParityEqualShare', 'ParityExcusedShare'),
        ),
      ],
    ]
  }

  #ofServices({ functions, queues, machines }: Drawn): IWidget[][] {
    const period = FIVE_MINUTES
    const perFunction = (metric: (stage: LambdaFunction, label: string) => IMetric): IMetric[] =>
      functions.map((each) => metric(each, each.node.scope!.node.id))
    return [
      [new TextWidget({ markdown: '## Services', width: 24, height: 1 })],
      [
        graph(
          'Queues: age of the oldest message, visible messages',
          queues.map((queue) =>
            queue.metricApproximateAgeOfOldestMessage({ period, label: `${labelOf(queue)} age` }),
          ),
          queues.map((queue) =>
            queue.metricApproximateNumberOfMessagesVisible({
              period,
              label: labelOf(queue),
              statistic: Stats.MAXIMUM,
            }),
          ),
        ),
        graph(
          'Functions: errors, throttles',
          perFunction((each, label) => each.metricErrors({ period, label })),
          perFunction((each, label) => each.metricThrottles({ period, label })),
        ),
        graph(
          'Functions: longest invocation',
          perFunction((each, label) =>
            each.metricDuration({ period, label, statistic: Stats.MAXIMUM }),
          ),
        ),
      ],
      [
        graph(
          'Flows: started, failed',
          machines.map((machine) =>
            machine.metricStarted({ period, label: `${labelOf(machine)} started` }),
          ),
          machines.map((machine) =>
            machine.metricFailed({ period, label: `${labelOf(machine)} failed` }),
          ),
        ),
      ],
    ]
  }
}

const indexGraphs = (scene: string, metrics: (...names: MetricName[]) => IMetric[]) => [
  graph(
    `${scene}: documents indexed and mirrored`,
    metrics('DocumentsIndexed', 'DocumentsMirrored', 'DocumentsRefused'),
  ),
  graph(
    `${scene}: search index: delay (seconds), rebuilds refused`,
    metrics('IndexDelay', 'MirrorDelay'),
    metrics('IndexRefused'),
  ),
]

const answerGraphs = (scene: string, metrics: (...names: MetricName[]) => IMetric[]) => [
  graph(
    `${scene}: documents divided or unreadable, chunks changed`,
    metrics('DocumentsDivided', 'DocumentsUnreadable'),
    metrics('ChunksChanged'),
  ),
  graph(
    `${scene}: rows for generators, personal data replaced`,
    metrics('PreferencesMade'),
    metrics('PersonalDataRemoved'),
  ),
]

const graphGraphs = (scene: string, metrics: (...names: MetricName[]) => IMetric[]) => [
  graph(
    `${scene}: facts of the graph; graphs and claims refused`,
    metrics('GraphFacts'),
    metrics('GraphRefused', 'ClaimsRefused'),
  ),
]

const spaceGraphs = (scene: string, metrics: (...names: MetricName[]) => IMetric[]) => [
  graph(
    `${scene}: space: lift and overlap (percent), trainings refused`,
    metrics('SpaceLift', 'SpaceOverlap'),
    metrics('SpaceRefused'),
  ),
  graph(
    `${scene}: items and users placed, age (seconds)`,
    metrics('ItemsPlaced', 'UsersPlaced'),
    metrics('PlacementAge'),
  ),
]
