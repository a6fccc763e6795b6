import type { Access } from './access-row.ts'

/** What the roles of embeddings may access. */

export const SPACES = 'embeddings/*/*'
export const GRAPHS = 'graph/*/*'
export const SPACE_USERS = 'space-users/*/*'
const SPACE_RUNS = 'space-training/*/*/input/*'
const SPACE_JOBS = 'space-training/*/*/jobs/*'
const SPACE_CHECKPOINTS = 'space-training/*/*/checkpoints/*'
const LAKE = 'Lake/'
const MODELS = 'Models/'
const under = (bucket: string, ...patterns: string[]): string[] =>
  patterns.map((pattern) => `${bucket}${pattern}`)
/** What spaces are made of. */
const SPACE_INPUTS = [
  ...['manifests/*/closings/*', 'closed/*/*', 'verdicts/*/*', 'manifests/*/drops/*'],
  ...['clean/*/items/*', 'clean/*/users/*', 'clean/*/documents/*'],
]
const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const READ_WRITE = [
  ...['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
]

const REGISTRY = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']

export const SPACE_ACCESS: Access[] = [
  {
    role: 'EmbeddingsEmbedRole',
    gets: [
      ...under(LAKE, ...SPACE_INPUTS),
      ...under(MODELS, SPACES, SPACE_USERS, SPACE_RUNS, SPACE_JOBS, GRAPHS),
    ],
    puts: under(MODELS, SPACES, SPACE_USERS, SPACE_RUNS),
    deletes: under(MODELS, SPACES, SPACE_USERS, SPACE_RUNS, SPACE_JOBS, SPACE_CHECKPOINTS),
    lists: {
      Lake: SPACE_INPUTS,
      Models: [SPACES, SPACE_USERS, 'space-training/*/*'],
    },
    tables: { Registry: READ, Online: READ_WRITE },
  },
  {
    role: 'EmbeddingsPlaceRole',
    gets: [...under(LAKE, ...SPACE_INPUTS), ...under(MODELS, SPACES, SPACE_USERS)],
    puts: under(MODELS, SPACES, SPACE_USERS),
    lists: { Lake: SPACE_INPUTS, Models: [SPACES, SPACE_USERS] },
    tables: { Online: READ_WRITE },
  },
  {
    role: 'EmbeddingsTrainingRole',
    gets: under(MODELS, SPACE_RUNS, SPACE_CHECKPOINTS),
    puts: under(MODELS, SPACE_JOBS, SPACE_CHECKPOINTS),
    lists: { Models: [SPACE_RUNS, SPACE_CHECKPOINTS, SPACE_JOBS] },
    tables: {},
  },
  {
    role: 'OperationsForgetRole',
    gets: [...under(LAKE, 'verdicts/*/*'), ...under(MODELS, SPACE_USERS)],
    puts: [...under(LAKE, 'verdicts/*/*'), ...under(MODELS, SPACE_USERS)],
    lists: { Lake: ['verdicts/*/*'], Models: [SPACE_USERS] },
    tables: {
      Registry: REGISTRY,
      Online: READ_WRITE,
    },
  },
]
