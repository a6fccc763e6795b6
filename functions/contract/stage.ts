import { z } from 'zod'
import type { Bucket, Family } from './family.ts'

/** Tables of the store. The names of their environment variables derive from these names. */
export type TableName = 'registry' | 'online'
export type TableUse = 'read' | 'read in batches' | 'scan' | 'write' | 'update' | 'write in batches'

/** One metric that a stage writes. `of`: one series per scene, or one per scene and tier. */
export interface Metric {
  of: 'scene' | 'tier'
  unit: 'Count' | 'Seconds' | 'Percent'
}
export type Metrics = Readonly<Record<string, Metric>>
/** The dimensions of a series, in the order of CloudWatch's dimension sets. */
export const DIMENSIONS = { scene: ['scene'], tier: ['scene', 'tier'] } as const

/**
 * What the cost model needs to know of a stage: what its invocations, requests and bytes grow with.
 */
export interface CostClass {
  /** Each drop, each run, each shard of a run, a schedule, or a person. */
  invokedBy: 'drop' | 'run' | 'shard' | 'schedule' | 'person'
  /** The number of requests is constant per run, or grows with the drops. */
  requestsGrowWith: 'runs' | 'drops'
  /** The stage writes events in some form, or only models and plans. */
  bytesGrowWith: 'runs' | 'events'
}

/**
 * One Lambda function, declared beside its room: what it may access, what it is given and what it
 * costs. Its environment, grants, bundle, cost class and rows in the documentation derive from this
 * declaration. Queues, flows, schedules and special roles are written out in `cdk/`.
 */
export interface Stage {
  /** Also the name of its handler's file: `functions/<room>/<name>.lambda.ts`. */
  name: string
  description: string
  timeoutMinutes: number
  memoryMiB: number
  /** Size of /tmp. Defaults to 512. */
  diskMiB?: number
  /** Whether it reads `configuration.json` beside its code. */
  readsScenes: boolean
  /** The schema of its event. A queue's messages are parsed where they are read. */
  request?: z.ZodType
  /** Families of keys that it gets, gets by version, lists, puts and deletes. */
  reads?: readonly Family[]
  readsVersions?: readonly Family[]
  lists?: readonly Family[]
  writes?: readonly Family[]
  deletes?: readonly Family[]
  tables?: Readonly<Partial<Record<TableName, readonly TableUse[]>>>
  /** Further variables of its environment. Its construct binds each to a value or a grant. */
  variables?: z.ZodRawShape
  metrics?: Metrics
  cost: CostClass
}

/** Checks a declaration and keeps its exact type: buckets, tables, variables and metrics. */
export const declareStage = <const S extends Stage>(stage: S): S => stage

/** A value that names something, in any form. */
export const named = z.string().min(1)
const common = {
  CODE_DIGEST: named,
  /**
   * The namespace of its metrics: one per deployment, so that two deployments in one account do not
   * add up.
   */
  METRICS_NAMESPACE: named,
}

const USES = ['reads', 'readsVersions', 'lists', 'writes', 'deletes'] as const
type Use = (typeof USES)[number]
type BucketOf<S> = {
  [U in Use]: S extends Readonly<Record<U, readonly Family<infer B>[]>> ? B : never
}[Use]
type TableOf<S> = S extends { tables: infer T } ? keyof T & TableName : never
type VariablesOf<S> = S extends { variables: infer V extends z.ZodRawShape }
  ? z.infer<z.ZodObject<V>>
  : unknown
export type StageEnvironment<S> = Record<
  keyof typeof common | `${Uppercase<BucketOf<S>>}_BUCKET` | `${Uppercase<TableOf<S>>}_TABLE`,
  string
> &
  VariablesOf<S>
export type MetricOf<S> = S extends { metrics: infer M } ? keyof M & string : never

export const bucketVariable = <B extends Bucket>(bucket: B) =>
  `${bucket.toUpperCase() as Uppercase<B>}_BUCKET` as const
export const tableVariable = <T extends TableName>(table: T) =>
  `${table.toUpperCase() as Uppercase<T>}_TABLE` as const

/** Every family that a stage accesses. */
export const familiesOf = (stage: Stage): Family[] => USES.flatMap((use) => stage[use] ?? [])

/** What a function's environment must hold. Buckets and tables are given by name, not by ARN. */
export function environmentSchema(stage: Stage): z.ZodObject {
  const buckets = familiesOf(stage).map(({ bucket }) => [bucketVariable(bucket), named])
  const tables = Object.keys(stage.tables ?? {}).map((table) => [
    tableVariable(table as TableName),
    named,
  ])
  return z.object({ ...common, ...Object.fromEntries([...buckets, ...tables]), ...stage.variables })
}
