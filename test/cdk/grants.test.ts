import { beforeAll, describe, expect, test } from 'vitest'
import { ACCESS } from './access.ts'
import type { Access } from './access-row.ts'
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
      // The CDK joins statements with equal conditions.
      for (const resource of resources) lists[resource] = StringLike['s3:prefix']
    }
  return lists
}

const tablesOf = (statements: readonly Statement[]): Access['tables'] =>
  Object.fromEntries(
    statements
      .filter(({ actions }) => actions.some((action) => action.startsWith('dynamodb:')))
      .map(({ actions, resources }) => [resources.join(), actions]),
  )

describe('Grants', () => {
  test.each(ACCESS)(
    'Grants give $role exactly the expected objects, lists and tables',
    (access) => {
      const statements = statementsOfRole(pipeline, access.role)
      expect(resourcesFor(statements, 's3:GetObject')).toEqual([...access.gets].sort())
      expect(resourcesFor(statements, 's3:GetObjectVersion')).toEqual(access.getsVersions ?? [])
      expect(resourcesFor(statements, 's3:PutObject')).toEqual([...access.puts].sort())
      expect(resourcesFor(statements, 's3:DeleteObject')).toEqual(
        [...(access.deletes ?? [])].sort(),
      )
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
    },
  )

  test('The grant table covers every role of the pipeline', () => {
    const roles = ofType(pipeline, 'AWS::IAM::Role').map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))
    const flows = ['RunRole', 'RunSchedulesRole', 'JudgeRole', 'JudgeMachineEventsRole']
    expect(roles.sort()).toEqual(
      [
        ...ACCESS.map(({ role }) => role),
        ...flows,
        'AuditSchedulesRole',
        'EmbeddingsHourlyRole',
        'EmbeddingsWeeklyRole',
        'ReportSchedulesRole',
        'OperationsSchedulesRole',
        'OperationsCheatSchedulesRole',
      ].sort(),
    )
  })

  test('Only intake may access raw identifiers', () => {
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { resources } of statementsOf(properties['PolicyDocument']))
        for (const resource of resources)
          if (/^(Raw|Quarantine|ProducersSecret)/.test(resource))
            expect(id, resource).toMatch(/^IntakeRole/)
          // An erasure hashes the id that an operator gives.
          else if (/^(IdentityKey|IdentitySecret)/.test(resource))
            expect(id, resource).toMatch(/^(IntakeRole|OperationsEraseRole)/)
  })

  test('Key grants hold through one service only, except for training jobs', () => {
    const direct: string[] = []
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { actions, conditions } of statementsOf(properties['PolicyDocument']))
        for (const action of actions.filter((name) => name.startsWith('kms:')))
          if (conditions['StringEquals']?.['kms:ViaService'] === undefined)
            direct.push(`${id.replace(/DefaultPolicy.*/, '')} ${action}`)
    expect(direct.sort()).toEqual([
      'EmbeddingsEmbedRole kms:CreateGrant',
      'EmbeddingsEmbedRole kms:DescribeKey',
      'EmbeddingsTrainingRole kms:CreateGrant',
      'EmbeddingsTrainingRole kms:DescribeKey',
      'EmbeddingsTrainingRole kms:Encrypt',
      'TrainStartRole kms:CreateGrant',
      'TrainStartRole kms:DescribeKey',
      'TrainTrainingRole kms:CreateGrant',
      'TrainTrainingRole kms:DescribeKey',
      'TrainTrainingRole kms:Encrypt',
    ])
  })

  test.each([
    ['TrainStartRole', 'TrainTrainingRole', 'qm-*-*'],
    ['EmbeddingsEmbedRole', 'EmbeddingsTrainingRole', 'qme-*-*'],
  ])('%s can only start our jobs, with a role for SageMaker alone', (role, jobRole, names) => {
    const statements = statementsOfRole(pipeline, role)
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
          `arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:training-job/${names}`,
        ],
        conditions: {},
      },
    ])
    const passed = statements.filter(({ actions }) => actions.includes('iam:PassRole'))
    expect(passed).toEqual([
      {
        effect: 'Allow',
        actions: ['iam:PassRole'],
        resources: [jobRole],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ])
  })

  test('No other function can start a training job', () => {
    const others = ofType(pipeline, 'AWS::IAM::Policy')
      .filter(({ id }) => !/^(TrainStartRole|EmbeddingsEmbedRole)/.test(id))
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

  test('Only intake may send to the queue of failed drops', () => {
    const sending = ofType(pipeline, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      statementsOf(properties['PolicyDocument'])
        .filter(({ resources }) => resources.includes('IntakeFailedDrops'))
        .map(({ actions }) => [id.replace(/DefaultPolicy.*/, ''), ...actions]),
    )
    expect(sending).toEqual([['IntakeRole', 'sqs:SendMessage']])
  })

  test('Only verbs that start a run may start its state machine', () => {
    const starting = ofType(pipeline, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
      statementsOf(properties['PolicyDocument'])
        .filter(({ actions }) => actions.includes('states:StartExecution'))
        .map(({ resources }) => `${id.replace(/DefaultPolicy.*/, '')} ${resources.join()}`),
    )
    expect(starting.filter((line) => line.startsWith('Operations')).sort()).toEqual([
      expect.stringMatching(/^OperationsExcludeRole <RunMachine[0-9A-F]{8}>$/),
      expect.stringMatching(/^OperationsExcludecheatsRole <RunMachine[0-9A-F]{8}>$/),
      expect.stringMatching(/^OperationsRunRole <RunMachine[0-9A-F]{8}>$/),
    ])
  })

  test('No grant names an action by wildcard', () => {
    for (const { id, properties } of ofType(pipeline, 'AWS::IAM::Policy'))
      for (const { actions } of statementsOf(properties['PolicyDocument']))
        for (const action of actions) expect(action, id).not.toContain('*')
  })
})
