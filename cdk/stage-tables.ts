import type { Bucket, Family } from '../functions/contract/family.ts'
import * as keys from '../functions/contract/keys.ts'
import type { Stage } from '../functions/contract/stage.ts'
import { ROOMS } from './rooms.ts'
import { SPACE_JOB, TRAINING_JOB } from './training-role.ts'

/** Tables of the documentation, as Markdown: they follow from what is declared. */

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
const code = (text: string): string => `\`${text}\``

/** The rooms of `functions/`, in the order of the imports. */
export const roomTable = (): string =>
  table(
    ['room', 'what it does'],
    ROOMS.flatMap((group) => Object.entries(group)).map(([room, what]) => [
      `[\`functions/${room}\`](functions/${room})`,
      what,
    ]),
  )

interface StageInRoom {
  room: string
  stage: Stage
}

/** Every function: where it is, what it does and needs, what invokes it, which tables it uses. */
export const stageTable = (stages: readonly StageInRoom[]): string =>
  table(
    ['stage', 'room', 'what it does', 'MiB', 'minutes', 'invoked by', 'tables'],
    stages.map(({ room, stage }) => [
      code(stage.name),
      room,
      stage.description,
      stage.memoryMiB.toLocaleString('en-GB'),
      String(stage.timeoutMinutes),
      `a ${stage.cost.invokedBy}`,
      Object.entries(stage.tables ?? {})
        .map(([name, uses]) => `${name}: ${uses.join(', ')}`)
        .join('; ') || '–',
    ]),
  )

/** What a stage or another part of the system does with families of keys. */
interface User {
  name: string
  reads: readonly Family[]
  writes: readonly Family[]
}
const PRODUCERS: User = { name: 'producers', reads: [], writes: [keys.rawObjects] }
const jobOf = (name: string, { samples, models }: typeof TRAINING_JOB): User => ({
  name,
  reads: [...samples.reads, ...samples.lists, ...models.reads, ...models.lists],
  writes: models.writes,
})
const JOBS: readonly User[] = [
  jobOf('the training job', TRAINING_JOB),
  jobOf("a space's training job", SPACE_JOB),
]
const userOf = ({ stage }: StageInRoom): User => ({
  name: code(stage.name),
  reads: [...(stage.reads ?? []), ...(stage.readsVersions ?? []), ...(stage.lists ?? [])],
  writes: stage.writes ?? [],
})

/** Whether every key of `inner` is one of `outer` too: a `*` matches any run of characters. */
function covers(outer: Family, inner: Family): boolean {
  const parts = outer.pattern.split('*').map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return outer.bucket === inner.bucket && new RegExp(`^${parts.join('.*')}$`).test(inner.pattern)
}
const reaches = (families: readonly Family[], family: Family): boolean =>
  families.some((other) => covers(other, family) || covers(family, other))

/** `cleanEventFiles` → `clean event files`. */
const NAMES = new Map(
  Object.entries(keys).flatMap(([name, value]) =>
    typeof value === 'object' && 'retention' in value
      ? [[value.pattern, name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)] as const]
      : [],
  ),
)
const BUCKETS: readonly Bucket[] = ['raw', 'quarantine', 'lake', 'models']
const keptFor = ({ retention }: Family): string =>
  retention.endsWith('Days') ? code(retention) : retention

/**
 * Every family of keys: where it is, what writes and reads it, how long it is kept. A family that is
 * the folder of others (`samples/*`) has no row of its own; what lists it reads each of them.
 */
export function dataTable(families: readonly Family[], stages: readonly StageInRoom[]): string {
  const users = [PRODUCERS, ...stages.map(userOf), ...JOBS]
  const usersOf = (family: Family, use: 'reads' | 'writes'): string =>
    users
      .filter((user) => reaches(user[use], family))
      .map(({ name }) => name)
      .join(', ') || '–'
  // A part of a family that has its own grant, and no name, has no row.
  const named = families.filter(({ pattern }) => NAMES.has(pattern))
  const single = named.filter(
    (family) => !named.some((other) => other !== family && covers(family, other)),
  )
  const inBuckets = BUCKETS.flatMap((bucket) => single.filter((family) => family.bucket === bucket))
  return table(
    ['data', 'bucket', 'keys', 'written by', 'read or listed by', 'kept', 'user ids'],
    inBuckets.map((family) => [
      NAMES.get(family.pattern)!,
      family.bucket,
      code(family.pattern),
      usersOf(family, 'writes'),
      usersOf(family, 'reads'),
      keptFor(family),
      family.holdsUsers ? 'yes' : 'no',
    ]),
  )
}

/** `cdk/STAGES.md`: every stage, and every family of keys. */
export const stagesDocument = (
  stages: readonly StageInRoom[],
  families: readonly Family[],
): string =>
  `# Stages and data

From the declarations in \`functions/<room>/stages.ts\`. \`npx vitest run test/cdk -u\` writes this file.

## Stages

Every Lambda function. \`increment\` gets more memory where the models of the deployed scenes need it.

${stageTable(stages)}

## Data

Every family of keys. \`*\` is any run of characters. Producers write raw objects; training jobs read their channels
and samples, and write checkpoints and archives.

${dataTable(families, stages)}
`
