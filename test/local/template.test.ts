import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Resource, readAssembly, type Template } from '../../cdk/local/template/assembly.ts'
import { readDeclarations } from '../../cdk/local/template/declarations.ts'
import { createResolver } from '../../cdk/local/template/resolve.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})
const queue = { Type: 'AWS::SQS::Queue', Properties: {} }
const resolverOf = (template: Partial<Template>, exports = new Map<string, string>()) =>
  createResolver(
    {
      name: 'Stack',
      template: { Resources: { Queue: queue, Bucket: { Type: 'AWS::S3::Bucket' } }, ...template },
    },
    exports,
  )
const resolve = (value: unknown, template: Partial<Template> = {}, exports?: Map<string, string>) =>
  resolverOf(template, exports).resolve(value, 'Place')

/** CloudFormation's own placeholders, which no template string should take for its own. */
const placeholders = (...parts: string[]): string => parts.map((part) => `$${part}`).join('')

/** A cloud assembly of literal templates. */
function assemblyOf(
  templates: Record<string, Template>,
  dependencies: Record<string, string[]> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'))
  folders.push(folder)
  const artifacts: Record<string, object> = {}
  for (const [name, template] of Object.entries(templates)) {
    writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template))
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile: `${name}.template.json` },
      dependencies: dependencies[name] ?? [],
    }
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }))
  return readAssembly(folder)
}

describe('An intrinsic function', () => {
  test.each([
    [{ Ref: 'Queue' }, 'Stack-Queue'],
    [{ Ref: 'Bucket' }, 'stack-bucket'],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::StackName' }, 'Stack'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Stack-Queue'],
    [{ 'Fn::GetAtt': 'Queue.QueueName' }, 'Stack-Queue'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Queue' }, 'b']] }, 'a-Stack-Queue-b'],
    [
      { 'Fn::Sub': placeholders('{AWS::AccountId}/', '{Queue.Arn}/', '{!Literal}') },
      `000000000000/arn:aws:sqs:us-east-1:000000000000:Stack-Queue/${placeholders('{Literal}')}`,
    ],
    [{ 'Fn::Sub': [placeholders('{Name}!'), { Name: { Ref: 'Queue' } }] }, 'Stack-Queue!'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [
      [1, { Ref: 'AWS::NoValue' }, { a: { Ref: 'AWS::NoValue' }, b: 2 }],
      [1, { b: 2 }],
    ],
  ])('The intrinsic function %j is resolved', (value, expected) => {
    expect(resolve(value)).toEqual(expected)
  })

  test('An intrinsic function resolves parameter defaults and imports from earlier stacks', () => {
    expect(
      resolve({ Ref: 'Version' }, { Parameters: { Version: { Type: 'String', Default: '/x' } } }),
    ).toBe('/x')
    expect(
      resolve({ 'Fn::ImportValue': 'Store:Raw' }, {}, new Map([['Store:Raw', 'bucket']])),
    ).toBe('bucket')
  })

  test.each([
    [
      () => resolve({ 'Fn::Cidr': ['10.0.0.0/16'] }),
      /Stack, Place: the intrinsic function Fn::Cidr is not supported on the local cloud/,
    ],
    [
      () => resolve({ 'Fn::GetAtt': ['Queue', 'Colour'] }),
      /Stack, Place: the attribute Queue.Colour is not supported/,
    ],
    [() => resolve({ Ref: 'Nobody' }), /Stack: nothing is called Nobody/],
    [
      () => resolve({ Ref: 'Size' }, { Parameters: { Size: { Type: 'Number' } } }),
      /the parameter Size, which has no default, is not supported/,
    ],
    [() => resolve({ 'Fn::ImportValue': 'Elsewhere' }), /no stack before it exports Elsewhere/],
    [
      () => resolverOf({ Resources: { Cache: { Type: 'AWS::ElastiCache::CacheCluster' } } }),
      /Stack, Cache: the resource type AWS::ElastiCache::CacheCluster is not supported on the local cloud/,
    ],
    [
      () => resolverOf({ Resources: { Maybe: { ...queue, Condition: 'IsProduction' } } }),
      /Stack, Maybe: a resource with a condition is not supported/,
    ],
  ])('An unknown function or type is refused by name and place', (act, sentence) => {
    expect(act).toThrow(sentence)
  })
})

describe('An assembly', () => {
  test('Stacks are read in dependency order, with exports for later ones', () => {
    const store: Template = {
      Resources: { Letters: queue },
      Outputs: {
        Out: { Value: { 'Fn::GetAtt': ['Letters', 'Arn'] }, Export: { Name: 'Store:Letters' } },
      },
    }
    const app: Template = {
      Resources: {
        Work: {
          Type: 'AWS::SQS::Queue',
          Properties: {
            VisibilityTimeout: 60,
            RedrivePolicy: {
              deadLetterTargetArn: { 'Fn::ImportValue': 'Store:Letters' },
              maxReceiveCount: 3,
            },
          },
        },
      },
    }
    const { queues } = readDeclarations(assemblyOf({ App: app, Store: store }, { App: ['Store'] }))
    expect(queues).toMatchObject([
      { name: 'Store-Letters' },
      {
        name: 'App-Work',
        visibilityTimeoutSeconds: 60,
        redrive: {
          deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:Store-Letters',
          maxReceiveCount: 3,
        },
      },
    ])
  })

  test('Roles get the statements of all policies, and managed ones are refused', () => {
    const role = {
      Type: 'AWS::IAM::Role',
      Properties: {
        Policies: [
          { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'a:b', Resource: '*' }] } },
        ],
      },
    }
    const policy = {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'c:d', Resource: '*' }] },
      },
    }
    const { roles } = readDeclarations(
      assemblyOf({ App: { Resources: { Policy: policy, Role: role } } }),
    )
    expect(
      roles
        .get('App-Role')!
        .map(({ Action }) => Action)
        .sort(),
    ).toEqual(['a:b', 'c:d'])
    const managed = {
      Type: 'AWS::IAM::Role',
      Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    }
    expect(() => readDeclarations(assemblyOf({ App: { Resources: { Role: managed } } }))).toThrow(
      /role App-Role: managed policies are not known to the local cloud/,
    )
  })

  test('An assembly whose function code is not its asset is refused', () => {
    const lambda = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'b', S3Key: 'nothing.zip' },
        Role: 'arn:r',
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
      },
    }
    expect(() => readDeclarations(assemblyOf({ App: { Resources: { Fn: lambda } } }))).toThrow(
      /function Fn: its code is no asset of this assembly/,
    )
  })

  const schedule = (more: object, target: object = {}) => ({
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:t', RoleArn: 'arn:aws:iam::0:role/path/Hourly', ...target },
      ...more,
    },
  })
  const rule = (target: object) => ({
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: {}, Targets: [{ Id: 'T', Arn: 'arn:t', ...target }] },
  })
  const declared = (resource: Resource) =>
    readDeclarations(assemblyOf({ App: { Resources: { It: resource } } }))

  test('An assembly gives the role and retry policy of each delivery', () => {
    const once = { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 }
    expect(declared(schedule({}, { RetryPolicy: once })).schedules[0]).toMatchObject({
      role: 'Hourly',
      retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeSeconds: 60 },
    })
    const target = rule({ RoleArn: 'arn:aws:iam::0:role/Starts', RetryPolicy: once })
    expect(declared(target).rules[0]!.targets[0]).toMatchObject({
      role: 'Starts',
      retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeSeconds: 60 },
    })
    expect(declared(rule({})).rules[0]!.targets[0]).toMatchObject({
      role: null,
      retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 },
    })
  })

  test.each<[Resource, RegExp]>([
    [
      { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      /App, It: the property FifoQueue is not supported on the local cloud/,
    ],
    [
      { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { maximum: 3 } } },
      /It: the property RedrivePolicy.maximum is not/,
    ],
    [schedule({}, { EcsParameters: {} }), /It: the property Target.EcsParameters is not/],
    [schedule({ StartDate: '2026-01-01' }), /It: the property StartDate is not/],
    [schedule({ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }), /a flexible time window is not/],
    [rule({ SqsParameters: {} }), /It: the property Targets.SqsParameters is not supported/],
    [
      { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FilterCriteria: {} } },
      /It: the property FilterCriteria is not/,
    ],
    [
      { Type: 'AWS::DynamoDB::Table', Properties: { GlobalSecondaryIndexes: [] } },
      /It: the property GlobalSecondaryIndexes is not/,
    ],
    [
      { Type: 'AWS::Lambda::Function', Properties: { Runtime: 'python3.13' } },
      /function It: the runtime python3.13 is not supported/,
    ],
    [
      { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineType: 'EXPRESS' } },
      /state machine App-It: the type EXPRESS is not supported/,
    ],
    [
      { Type: 'AWS::Lambda::EventInvokeConfig', Properties: {} },
      /It: the resource type AWS::Lambda::EventInvokeConfig is not supported/,
    ],
  ])('An assembly with an unsupported resource is refused by name: %j', (resource, sentence) => {
    expect(() => declared(resource)).toThrow(sentence)
  })
})
