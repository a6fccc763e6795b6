import * as closing from '../functions/closing/stages.ts'
import type { Family } from '../functions/contract/family.ts'
import { familiesOf, type Metric, type MetricOf, type Stage } from '../functions/contract/stage.ts'
import * as evaluate from '../functions/evaluate/stages.ts'
import * as intake from '../functions/intake/stages.ts'
import * as release from '../functions/release/stages.ts'
import * as report from '../functions/report/stages.ts'
import * as samples from '../functions/samples/stages.ts'
import * as train from '../functions/train/stages.ts'

/** Rooms that have stages, in the order of the data; each stage by the name of its declaration. */
const STAGES = { intake, closing, samples, train, evaluate, release, report } as const

type Declared = { [R in keyof typeof STAGES]: (typeof STAGES)[R][keyof (typeof STAGES)[R]] }
type AnyStage = Declared[keyof Declared]
export type StageName = AnyStage['name']
export type MetricName = AnyStage extends infer S
  ? S extends unknown
    ? MetricOf<S>
    : never
  : never

/** Every stage with its room. */
export const stages: readonly { room: string; stage: Stage & { name: StageName } }[] =
  Object.entries(STAGES).flatMap(([room, declared]) =>
    Object.values(declared)
      .map((stage) => ({ room, stage }))
      // A module's namespace is in order of names in Node, in order of lines elsewhere.
      .sort((a, b) => (a.stage.name < b.stage.name ? -1 : 1)),
  )

export const stageNamed = (name: StageName): Stage =>
  stages.find(({ stage }) => stage.name === name)!.stage

/** Every metric that any stage writes. */
export const METRICS: Readonly<Record<MetricName, Metric>> = Object.assign(
  {},
  ...stages.map(({ stage }) => stage.metrics),
)

/** Every family of keys that any stage touches, each once. */
export const families: readonly Family[] = [
  ...new Map(
    stages.flatMap(({ stage }) => familiesOf(stage)).map((family) => [family.pattern, family]),
  ).values(),
]
