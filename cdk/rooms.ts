import * as anticheat from '../functions/anticheat/stages.ts'
import * as audit from '../functions/audit/stages.ts'
import * as closing from '../functions/closing/stages.ts'
import type { Family } from '../functions/contract/family.ts'
import { familiesOf, type Metric, type MetricOf, type Stage } from '../functions/contract/stage.ts'
import * as embeddings from '../functions/embeddings/stages.ts'
import * as erase from '../functions/erase/stages.ts'
import * as evaluate from '../functions/evaluate/stages.ts'
import * as features from '../functions/features/stages.ts'
import * as graph from '../functions/graph/stages.ts'
import * as intake from '../functions/intake/stages.ts'
import * as reader from '../functions/reader/stages.ts'
import * as release from '../functions/release/stages.ts'
import * as report from '../functions/report/stages.ts'
import * as samples from '../functions/samples/stages.ts'
import * as searchIndex from '../functions/search-index/stages.ts'
import * as train from '../functions/train/stages.ts'

/** Rooms that have stages, in the order of the data; each stage by the name of its declaration. */
export const STAGES = {
  intake,
  closing,
  anticheat,
  features,
  samples,
  'search-index': searchIndex,
  embeddings,
  graph,
  train,
  evaluate,
  release,
  reader,
  report,
  audit,
  erase,
} as const

/**
 * Every room of `functions/` with what it does, in the order of the imports: a room imports itself and
 * rooms of the groups before its own. Rooms of one group do not import each other.
 */
export const ROOMS: readonly Readonly<Record<string, string>>[] = [
  {
    contract:
      'events, keys, tables, environments, artifacts: declared once, for `cdk/` and `functions/` alike',
  },
  {
    core: 'object store, table store, Parquet, log, metrics, errors',
    math: 'one numeric idea a file',
  },
  {
    registry:
      'versions and releases, the lease and its fence, the one change of what is served, ancestry, timetable',
  },
  { intake: 'a drop → clean Parquet by event hour, quarantine, account, manifest last' },
  {
    closing: 'an hour whose lateness has passed → duplicates decided, rules applied, counters',
  },
  {
    anticheat:
      'closed events of days → findings of detectors → verdicts, which correct counts and go online',
  },
  {
    features:
      "the features' definitions, the rule of what is visible, and the online values: written near line, folded by closings",
  },
  {
    samples: 'impressions + outcomes → samples whose features were knowable before the impression',
    'search-index':
      'statements about items or documents → an inverted index, whole and in increments; its queries',
    embeddings:
      'closed events behind verdicts → one space of users, items and documents, its vector index, recall lists',
    graph:
      'documents → chunks; catalogue, behaviour and documents → claims → a knowledge graph; answers → data for generators',
  },
  { trainer: 'the training container: rows, model, fit, checkpoints, ranking' },
  {
    train:
      'what to train on what (`plan`), data gates, the SageMaker job or the Lambda (`start`, `increment`)',
  },
  {
    evaluate: 'progressive validation, gates against the champion, the trial of a canary',
  },
  { release: "the flip, the online values, the operators' verbs, collection" },
  {
    reader:
      'for online services: what is served, online values, scores; `LAYOUT.md` for other languages',
    report: 'the page',
    audit:
      'the proof that each sample was learned from exactly once; served values beside those of samples',
    erase: 'a person → out of every object and row, and a scan that proves it',
  },
]

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
