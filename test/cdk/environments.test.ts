import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { assemble } from '../../cdk/assemble.ts'
import { ConfigurationError } from '../../cdk/config.ts'
import { ofType, type Resource, resourcesIn } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Deployed {
  names: string[]
  protectedStacks: string[]
  store: Resource[]
  pipeline: Resource[]
}
function deploy(context: Record<string, unknown>): Deployed {
  const outdir = temporaryFolder()
  const app = new App({ outdir, context: { scenes: 'feed', ...context }, stackTraces: false })
  const { store, pipeline } = assemble(app)
  app.synth()
  const resources = (name: string): Resource[] =>
    resourcesIn(JSON.parse(readFileSync(join(outdir, `${name}.template.json`), 'utf8')))
  return {
    names: [store.stackName, pipeline.stackName],
    protectedStacks: [store, pipeline]
      .filter(({ terminationProtection }) => terminationProtection)
      .map(({ stackName }) => stackName),
    store: resources(store.stackName),
    pipeline: resources(pipeline.stackName),
  }
}
const refusalOf = (context: Record<string, unknown>): string => {
  try {
    deploy(context)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}
const LASTING = new Set([
  'AWS::S3::Bucket',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Key',
  'AWS::SecretsManager::Secret',
])
const policiesOf = ({ store }: Deployed): string[] => [
  ...new Set(store.filter(({ type }) => LASTING.has(type)).map((each) => each.deletionPolicy!)),
]
const variablesOf = ({ pipeline }: Deployed): Record<string, unknown>[] =>
  ofType(pipeline, 'AWS::Lambda::Function').map(
    ({ properties }) =>
      (properties['Environment'] as { Variables: Record<string, unknown> }).Variables,
  )

const plain = deploy({})
const dev = deploy({ environment: 'dev' })
const prod = deploy({ environment: 'prod', monthlyBudgetUsd: '250', alarmEmail: 'ops@example.com' })

describe('Environments', () => {
  test('An environment prefixes the stack names; without one they stay plain', () => {
    expect(plain.names).toEqual(['QuartermasterStore', 'QuartermasterPipeline'])
    expect(dev.names).toEqual(['dev-QuartermasterStore', 'dev-QuartermasterPipeline'])
    expect(prod.names).toEqual(['prod-QuartermasterStore', 'prod-QuartermasterPipeline'])
  })

  test('An environment tags its resources and has its own metrics namespace', () => {
    const tagsOf = (resources: Resource[]): unknown[] =>
      ofType(resources, 'AWS::DynamoDB::Table').flatMap(({ properties }) => properties['Tags'])
    for (const [name, deployed] of Object.entries({ dev, prod })) {
      const tag = { Key: 'environment', Value: name }
      expect(tagsOf(deployed.store)).toContainEqual(tag)
      for (const { METRICS_NAMESPACE } of variablesOf(deployed))
        expect(METRICS_NAMESPACE).toBe(`Quartermaster/${name}`)
      const refusals = ofType(deployed.pipeline, 'AWS::CloudWatch::Alarm').find(({ id }) =>
        id.startsWith('WatchfeedRefusal'),
      )!
      expect(JSON.stringify(refusals.properties)).toContain(`"Namespace":"Quartermaster/${name}"`)
    }
    expect(JSON.stringify(tagsOf(plain.store))).not.toContain('environment')
  })

  test('An environment keeps the resources and logical ids of a plain deployment', () => {
    const ids = (resources: Resource[]): string[] => resources.map(({ id }) => id).sort()
    expect(ids(dev.store)).toEqual(ids(plain.store))
    expect(ids(prod.store)).toEqual(ids(plain.store))
    expect(ids(dev.pipeline)).toEqual(ids(plain.pipeline))
    const more = ids(prod.pipeline).filter((id) => !ids(plain.pipeline).includes(id))
    expect(more.map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      expect.stringMatching(/^AlarmsTopicops/),
      'BudgetMonth',
    ])
  })

  test('Only dev deletes its data with the stack, and never bucket objects', () => {
    expect(policiesOf(plain)).toEqual(['Retain'])
    expect(policiesOf(prod)).toEqual(['Retain'])
    expect(policiesOf(dev)).toEqual(['Delete'])
    expect(plain.protectedStacks).toEqual(['QuartermasterStore'])
    expect(prod.protectedStacks).toEqual(prod.names)
    expect(dev.protectedStacks).toEqual([])
    const guarded = ({ store }: Deployed): unknown[] =>
      ofType(store, 'AWS::DynamoDB::Table').map(
        ({ properties }) => properties['DeletionProtectionEnabled'],
      )
    expect(guarded(prod)).toEqual([true, true])
    expect(guarded(dev)).toEqual([false, false])
    // What empties a bucket would be a function that may delete every object.
    for (const { store, pipeline } of [dev, prod])
      expect([...store, ...pipeline].filter(({ type }) => type.startsWith('Custom::'))).toEqual([])
  })

  test('Prod reserves concurrency for the wide stages and for a rollback', () => {
    const reserved = (deployed: Deployed): Record<string, unknown> =>
      Object.fromEntries(
        ofType(deployed.pipeline, 'AWS::Lambda::Function')
          .filter(({ properties }) => 'ReservedConcurrentExecutions' in properties)
          .map(({ id, properties }) => [
            id.replace(/Function[0-9A-F]{8}$/, ''),
            properties['ReservedConcurrentExecutions'],
          ]),
      )
    // Eight pieces at once of a full, a daily, an hourly run and one that regrows.
    const pieces = ['AnticheatScreen', 'ClosingClose', 'FeaturesFold', 'FeaturesStates', 'Samples']
    const wide = Object.fromEntries(pieces.map((stage) => [stage, 32]))
    const expected = { Intake: 5, ...wide, OperationsRollback: 1 }
    expect(reserved(prod)).toEqual(expected)
    expect(reserved(plain)).toEqual({})
    expect(reserved(deploy({ environment: 'dev', reservesConcurrency: 'true' }))).toEqual(expected)
  })
})

describe('Budgets', () => {
  test('A budget notifies the alarms topic, which reaches the subscribed email address', () => {
    const [budget] = ofType(prod.pipeline, 'AWS::Budgets::Budget')
    expect(budget!.properties['Budget']).toMatchObject({
      BudgetLimit: { Amount: 250, Unit: 'USD' },
      TimeUnit: 'MONTHLY',
    })
    const told = budget!.properties['NotificationsWithSubscribers'] as {
      Notification: Record<string, unknown>
      Subscribers: { SubscriptionType: string; Address: { Ref: string } }[]
    }[]
    expect(
      told.map(({ Notification }) => [Notification['NotificationType'], Notification['Threshold']]),
    ).toEqual([
      ['ACTUAL', 80],
      ['ACTUAL', 100],
      ['FORECASTED', 100],
    ])
    for (const { Subscribers } of told) expect(Subscribers[0]!.Address.Ref).toMatch(/^AlarmsTopic/)
    const speakers = (resources: Resource[], type: string): string =>
      JSON.stringify(ofType(resources, type))
    expect(speakers(prod.pipeline, 'AWS::SNS::TopicPolicy')).toContain('budgets.amazonaws.com')
    expect(speakers(prod.store, 'AWS::KMS::Key')).toContain('budgets.amazonaws.com')
    expect(ofType(prod.pipeline, 'AWS::SNS::Subscription')[0]!.properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
    expect(ofType(plain.pipeline, 'AWS::Budgets::Budget')).toEqual([])
    expect(speakers(plain.store, 'AWS::KMS::Key')).not.toContain('budgets')
  })
})

describe('The store', () => {
  test('No store output imports an export of its own stack', () => {
    const outdir = temporaryFolder()
    const app = new App({ outdir, context: { scenes: 'feed' }, stackTraces: false })
    assemble(app)
    app.synth()
    const text = readFileSync(join(outdir, 'QuartermasterStore.template.json'), 'utf8')
    expect(JSON.stringify(JSON.parse(text).Outputs)).not.toContain('Fn::ImportValue')
  })
})

describe('Environment settings', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'another name',
      { environment: 'staging' },
      /^context: environment: .*"dev"\|"prod".*"staging"$/,
    ],
    [
      'prod without protection',
      { environment: 'prod', isProtected: 'false' },
      /^context: isProtected: prod is always protected, got "false"$/,
    ],
    [
      'prod that looks elsewhere for AWS',
      { environment: 'prod', endpointUrl: 'http://localhost:4566' },
      /^context: endpointUrl: prod uses AWS only, got "http:\/\/localhost:4566"$/,
    ],
    ['a budget of nothing', { monthlyBudgetUsd: 0 }, /^context: monthlyBudgetUsd: .*>=1, got 0$/],
    ['an address that is none', { alarmEmail: 'ops' }, /^context: alarmEmail: .*got "ops"$/],
    [
      'a switch that is neither',
      { reservesConcurrency: 'yes' },
      /^context: reservesConcurrency: .*got "yes"$/,
    ],
  ])('An environment refuses %s in one sentence', (_what, context, sentence) => {
    const refusal = refusalOf(context)
    expect(refusal).toMatch(sentence)
    expect(refusal).not.toContain('\n')
  })
})
