import { beforeAll, describe, expect, test } from 'vitest'
import {
  ofType,
  type Resource,
  resourcesOf,
  type Statement,
  statementsOf,
  statementsOfRole,
  synthesize,
} from './synthesized.ts'

let pipeline: Resource[]
beforeAll(() => {
  pipeline = resourcesOf(synthesize({ scenes: 'feed' }), 'Pipeline')
})

const LAKE = 'Lake/'
const MODELS = 'Models/'
const under = (bucket: string, ...patterns: string[]): string[] =>
  patterns.map((pattern) => `${bucket}${pattern}`)
const DROPS = 'manifests/*/drops/*'
const CLOSINGS = 'manifests/*/closings/*'
const PLAN = `${CLOSINGS}/plan.json`
const NEXT = `${CLOSINGS}/next.json`
const SEAL = `${CLOSINGS}/seal.json`
const CLOSED = `${CLOSINGS}/account-*.json`
const BEGUN = `${CLOSINGS}/begun-*-*.json`
const PARTS = 'samples/*/*/part-*.parquet'
const PART_ACCOUNTS = 'samples/*/*/part-*.json'
const SAMPLE_MANIFESTS = 'samples/*/*/manifest.json'
const RUNS = 'manifests/*/runs/*'
const READ = ['dynamodb:GetItem', 'dynamodb:Query']
const READ_WRITE = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']

interface Access {
  role: string
  gets: string[]
  /** Objects of which it gets a version by its id. */
  getsVersions?: string[]
  puts: string[]
  deletes?: string[]
  lists: Record<string, string[]>
  tables: Record<string, string[]>
}
const ACCESS: Access[] = [
  {
    role: 'IntakeRole',
    gets: ['Raw/raw/*', ...under(LAKE, DROPS)],
    getsVersions: ['Raw/raw/*'],
    puts: [
      'Quarantine/quarantine/*/*',
      ...under(
        LAKE,
        'clean/*/documents/*',
        'clean/*/events/*',
        'clean/*/items/*',
        'clean/*/users/*',
      ),
      ...under(LAKE, DROPS),
    ],
    lists: { Raw: ['raw/*'], Lake: [DROPS] },
    tables: {},
  },
  {
    role: 'TrainPlanRole',
    gets: [
      ...under(LAKE, PLAN, NEXT, SEAL, DROPS, RUNS),
      ...under(MODELS, 'models/*/*/manifest.json'),
    ],
    puts: under(LAKE, PLAN, NEXT, RUNS),
    lists: {
      Lake: [
        ...[DROPS, CLOSINGS, RUNS, 'closed/*/*', 'counters/*/*'],
        ...['clean/*/items/*', 'clean/*/users/*', 'samples/*/*'],
      ],
    },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'TrainIncrementRole',
    gets: [
      ...under(LAKE, PARTS),
      ...under(MODELS, 'models/*/*/model.qmm', 'models/*/*/models.manifest', 'models/*/*/run/*'),
      ...under(MODELS, 'models/*/*/samples.manifest'),
    ],
    puts: under(
      MODELS,
      'models/*/*/jobs/qm-*-*/output/model.tar.gz',
      'models/*/*/jobs/qm-*-*/output/output.tar.gz',
    ),
    lists: {},
    tables: {},
  },
  {
    role: 'ClosingCloseRole',
    gets: under(LAKE, 'clean/*/events/*', 'closed/*/*', RUNS),
    puts: under(LAKE, 'closed/*/*', 'counters/*/*', CLOSED, BEGUN),
    lists: {},
    tables: {},
  },
  {
    role: 'SamplesRole',
    gets: [
      ...under(LAKE, 'clean/*/items/*', 'clean/*/users/*'),
      ...under(LAKE, 'closed/*/*', 'counters/*/*', RUNS),
    ],
    puts: under(LAKE, PARTS, PART_ACCOUNTS),
    lists: {},
    tables: {},
  },
  {
    role: 'TrainStartRole',
    gets: under(LAKE, PLAN, RUNS, PART_ACCOUNTS, SAMPLE_MANIFESTS),
    puts: [
      ...under(LAKE, SEAL, SAMPLE_MANIFESTS),
      ...under(MODELS, 'models/*/*/manifest.json', 'models/*/*/models.manifest'),
      ...under(MODELS, 'models/*/*/run/run.json', 'models/*/*/samples.manifest'),
    ],
    lists: { Lake: ['samples/*/*'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'TrainTrainingRole',
    gets: [
      ...under(LAKE, PARTS),
      ...under(MODELS, 'models/*/*/checkpoints/*', 'models/*/*/model.qmm'),
      ...under(MODELS, 'models/*/*/models.manifest', 'models/*/*/run/*'),
      ...under(MODELS, 'models/*/*/samples.manifest'),
    ],
    puts: under(MODELS, 'models/*/*/checkpoints/*', 'models/*/*/jobs/*'),
    lists: {
      Lake: ['samples/*/*'],
      Models: [
        ...['models/*/*/run/*', 'models/*/*/samples.manifest', 'models/*/*/models.manifest'],
        ...['models/*/*/model.qmm', 'models/*/*/checkpoints/*', 'models/*/*/jobs/*'],
      ],
    },
    tables: {},
  },
  {
    role: 'EvaluateRole',
    gets: under(
      MODELS,
      'models/*/*/evaluation.json',
      'models/*/*/jobs/qm-*-*/output/model.tar.gz',
      'models/*/*/jobs/qm-*-*/output/output.tar.gz',
    ),
    puts: under(MODELS, 'models/*/*/evaluation.json', 'models/*/*/model.qmm'),
    lists: { Models: ['models/*/*/jobs/*', 'models/*/*/evaluation.json'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'ReleaseRole',
    gets: [
      ...under(LAKE, 'clean/*/items/*', 'clean/*/users/*', 'counters/*/*'),
      ...under(MODELS, 'models/*/*/model.qmm'),
    ],
    puts: [],
    lists: { Lake: ['counters/*/*', 'clean/*/items/*', 'clean/*/users/*'] },
    tables: { Registry: READ_WRITE, Online: ['dynamodb:BatchWriteItem', ...READ_WRITE] },
  },
  {
    role: 'OperationsLineageRole',
    gets: [],
    puts: [],
    lists: {},
    tables: { Registry: READ },
  },
  {
    role: 'OperationsExplainRole',
    gets: under(MODELS, 'models/*/*/evaluation.json', 'models/*/*/manifest.json'),
    puts: [],
    lists: { Models: ['models/*/*/evaluation.json', 'models/*/*/manifest.json'] },
    tables: { Registry: READ },
  },
  {
    role: 'OperationsPromoteRole',
    gets: under(MODELS, 'models/*/*/model.qmm'),
    puts: [],
    lists: { Models: ['models/*/*/model.qmm'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsRollbackRole',
    gets: [],
    puts: [],
    lists: {},
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsFreezeRole',
    gets: [],
    puts: [],
    lists: {},
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsThawRole',
    gets: [],
    puts: [],
    lists: {},
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsExcludeRole',
    gets: [...under(LAKE, SAMPLE_MANIFESTS), ...under(MODELS, 'models/*/*/manifest.json')],
    puts: [],
    lists: { Lake: [SAMPLE_MANIFESTS], Models: ['models/*/*/manifest.json'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'OperationsRunRole',
    gets: [],
    puts: [],
    lists: {},
    tables: {},
  },
  {
    role: 'OperationsCollectRole',
    gets: [],
    puts: [],
    deletes: under(MODELS, 'models/*/*/model.qmm', 'models/*/*/jobs/*', 'models/*/*/checkpoints/*'),
    lists: { Models: ['models/*/*'] },
    tables: { Registry: READ_WRITE },
  },
  {
    role: 'ReportRole',
    gets: under(LAKE, CLOSED, DROPS),
    puts: under(MODELS, 'reports/*/report.html'),
    lists: { Lake: [DROPS, CLOSINGS] },
    tables: { Registry: READ },
  },
]

const resourcesFor = (statements: readonly Statement[], action: string): string[] =>
  statements
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources)
    .sort()

function listsOf(statements: readonly Statement[]): Access['lists'] {
  const lists: Access['lists'] = {}
  for (const { actions, resources, conditions } of statements)
    if (actions.includes('s3:ListBucket')) {
      const { StringLike } = conditions as { StringLike: { 's3:prefix': string[] } }
      lists[resources[0]!] = StringLike['s3:prefix']
    }
  return lists
}

const tablesOf = (statements: readonly Statement[]): Access['tables'] =>
  Object.fromEntries(
    statements
      .filter(({ actions }) => actions.some((action) => action.startsWith('dynamodb:')))
      .map(({ actions, resources }) => [resources.join(), actions]),
  )

describe('a grant', () => {
  test.each(ACCESS)('gives $role these objects, lists and tables and no others', (access) => {
    const statements = statementsOfRole(pipeline, access.role)
    expect(resourcesFor(statements, 's3:GetObject')).toEqual([...access.gets].sort())
    expect(resourcesFor(statements, 's3:GetObjectVersion')).toEqual(access.getsVersions ?? [])
    expect(resourcesFor(statements, 's3:PutObject')).toEqual([...access.puts].sort())
    expect(resourcesFor(statements, 's3:DeleteObject')).toEqual([...(access.deletes ?? [])].sort())
    expect(listsOf(statements)).toEqual(access.lists)
    expect(tablesOf(statements)).toEqual(access.tables)
    const actions = statements.flatMap((statement) => statement.actions)
    const objectActions = actions.filter((action) => action.startsWith('s3:'))
    const known = [
      's3:GetObject',
      's3:GetObjectVersion',
      's3:PutObject',
      's3:ListBucket',
      's3:DeleteObject',
    ]
    expect(objectActions.filter((action) => !known.includes(action))).toEqual([])
  })

  test('is looked at for every role there is', () => {
    const roles = ofType(pipeline, 'AWS::IAM::Role').map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))
    const flows = ['RunRole', 'RunSchedulesRole', 'JudgeRole', 'JudgeMachineEventsRole']
    expect(roles.sort()).toEqual(
      [
        ...ACCESS.map(({ role }) => role),
        ...flows,
        'ReportSchedulesRole',
        'OperationsSchedulesRole',
      ].sort(),
    )
  })

  test('of raw identifiers goes to intake alone', () => {
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { resources } of statementsOf(properties['PolicyDocument']))
        for (const resource of resources)
          if (/^(Raw|Quarantine|IdentityKey|IdentitySecret)/.test(resource))
            expect(id, resource).toMatch(/^IntakeRole/)
  })

  test('of a key holds through one service only, but for the volume and output of a training job', () => {
    const direct: string[] = []
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { actions, conditions } of statementsOf(properties['PolicyDocument']))
        for (const action of actions.filter((name) => name.startsWith('kms:')))
          if (conditions['StringEquals']?.['kms:ViaService'] === undefined)
            direct.push(`${id.replace(/DefaultPolicy.*/, '')} ${action}`)
    expect(direct.sort()).toEqual([
      'TrainStartRole kms:CreateGrant',
      'TrainStartRole kms:DescribeKey',
      'TrainTrainingRole kms:CreateGrant',
      'TrainTrainingRole kms:DescribeKey',
      'TrainTrainingRole kms:Encrypt',
    ])
  })

  test('to start jobs covers jobs of ours, and passes the training role to SageMaker alone', () => {
    const statements = statementsOfRole(pipeline, 'TrainStartRole')
    const jobs = statements.filter(({ actions }) => actions.includes('sagemaker:CreateTrainingJob'))
    expect(jobs).toEqual([
      {
        effect: 'Allow',
        actions: [
          'sagemaker:AddTags',
          'sagemaker:CreateTrainingJob',
          'sagemaker:DescribeTrainingJob',
        ],
        resources: [
          'arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:training-job/qm-*-*',
        ],
        conditions: {},
      },
    ])
    const passed = statements.filter(({ actions }) => actions.includes('iam:PassRole'))
    expect(passed).toEqual([
      {
        effect: 'Allow',
        actions: ['iam:PassRole'],
        resources: ['TrainTrainingRole'],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ])
    const others = ofType(pipeline, 'AWS::IAM::Policy')
      .filter(({ id }) => !id.startsWith('TrainStartRole'))
      .flatMap(({ id, properties }) =>
        statementsOf(properties['PolicyDocument']).flatMap(({ actions }) =>
          actions.map((action) => `${id.replace(/DefaultPolicy.*/, '')} ${action}`),
        ),
      )
    // A plan looks up how jobs ended of whose end nobody was told.
    expect(others.filter((action) => / (iam|sagemaker):/.test(action))).toEqual([
      'TrainPlanRole sagemaker:DescribeTrainingJob',
    ])
  })

  test('to send to the failed drops is intake’s alone', () => {
    const sending = ofType(pipeline, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      statementsOf(properties['PolicyDocument'])
        .filter(({ resources }) => resources.includes('IntakeFailedDrops'))
        .map(({ actions }) => [id.replace(/DefaultPolicy.*/, ''), ...actions]),
    )
    expect(sending).toEqual([['IntakeRole', 'sqs:SendMessage']])
  })

  test('to start a run goes to the verbs that start one, for its state machine alone', () => {
    const starting = ofType(pipeline, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      statementsOf(properties['PolicyDocument'])
        .filter(({ actions }) => actions.includes('states:StartExecution'))
        .map(({ resources }) => `${id.replace(/DefaultPolicy.*/, '')} ${resources.join()}`),
    )
    expect(starting.filter((line) => line.startsWith('Operations')).sort()).toEqual([
      expect.stringMatching(/^OperationsExcludeRole <RunMachine[0-9A-F]{8}>$/),
      expect.stringMatching(/^OperationsRunRole <RunMachine[0-9A-F]{8}>$/),
    ])
  })

  test('never names an action by wildcard', () => {
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { actions } of statementsOf(properties['PolicyDocument']))
        for (const action of actions) expect(action, id).not.toContain('*')
  })
})
