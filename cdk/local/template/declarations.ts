import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../event-bus/delivery.ts'
import type { RuleDeclaration, TargetDeclaration } from '../event-bus/event-bus.ts'
import type { PolicyStatement } from '../iam.ts'
import { nameInArn } from '../identifiers.ts'
import type { FunctionDeclaration } from '../ports.ts'
import type { BucketDeclaration } from '../s3/bucket.ts'
import type { ScheduleDeclaration } from '../schedules.ts'
import type { SecretDeclaration } from '../secrets.ts'
import type { EventSourceDeclaration } from '../sqs/event-source.ts'
import type { QueueDeclaration } from '../sqs/queue.ts'
import type { Assembly } from './assembly.ts'
import { checkProperties } from './properties.ts'
import { createResolver } from './resolve.ts'
import { type Identity, identify } from './resource-types.ts'

export interface TableDeclaration {
  name: string
  arn: string
  keys: { name: string; type: string; role: string }[]
}
export interface StateMachineDeclaration {
  name: string
  arn: string
  definition: string
  role: string
}
type NamedEventSource = EventSourceDeclaration & { queueArn: string }

/** What an assembly declares, references resolved: plain values, nothing runs yet. */
export interface Declarations {
  buckets: BucketDeclaration[]
  tables: TableDeclaration[]
  queues: QueueDeclaration[]
  functions: FunctionDeclaration[]
  eventSources: NamedEventSource[]
  rules: RuleDeclaration[]
  schedules: ScheduleDeclaration[]
  stateMachines: StateMachineDeclaration[]
  secrets: SecretDeclaration[]
  /** Role name → statements of its policies. */
  roles: Map<string, PolicyStatement[]>
  /** First two parts of the construct path, such as `QuartermasterStore/Raw` → physical name. */
  namesByPath: Map<string, string>
}

type Properties = Record<string, unknown>
const listOf = <T>(value: unknown): T[] => (value === undefined ? [] : (value as T[]))

interface Found {
  identity: Identity
  logicalId: string
  properties: Properties
}
/** How each type becomes a declaration; CloudFormation's property names on the right. */
const READERS: Record<string, (into: Declarations, found: Found, assembly: Assembly) => void> = {
  'AWS::S3::Bucket'({ buckets }, { identity: { name }, properties }) {
    const versioning = properties['VersioningConfiguration'] as { Status?: string } | undefined
    const notification = properties['NotificationConfiguration'] as
      | { EventBridgeConfiguration?: { EventBridgeEnabled?: boolean } }
      | undefined
    const eventBridge = notification?.EventBridgeConfiguration?.EventBridgeEnabled === true
    buckets.push({ name, versioned: versioning?.Status === 'Enabled', eventBridge })
  },
  'AWS::DynamoDB::Table'({ tables }, { identity: { name, arn }, properties }) {
    const types = new Map(
      listOf<{ AttributeName: string; AttributeType: string }>(
        properties['AttributeDefinitions'],
      ).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
    )
    const keys = listOf<{ AttributeName: string; KeyType: string }>(properties['KeySchema'])
    tables.push({
      name,
      arn,
      keys: keys.map(({ AttributeName, KeyType }) => ({
        name: AttributeName,
        type: types.get(AttributeName)!,
        role: KeyType,
      })),
    })
  },
  'AWS::SQS::Queue'({ queues }, { identity: { name, arn }, properties }) {
    const redrive = properties['RedrivePolicy'] as
      | { deadLetterTargetArn: string; maxReceiveCount: number }
      | undefined
    const retention = properties['MessageRetentionPeriod'] as number | undefined
    const delay = properties['DelaySeconds'] as number | undefined
    queues.push({
      name,
      arn,
      visibilityTimeoutSeconds: (properties['VisibilityTimeout'] as number | undefined) ?? 30,
      redrive: redrive
        ? { deadLetterArn: redrive.deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount }
        : null,
      ...(retention === undefined ? {} : { retentionSeconds: retention }),
      ...(delay === undefined ? {} : { delaySeconds: delay }),
    })
  },
  'AWS::Lambda::Function'({ functions }, { identity: { name }, logicalId, properties }, { files }) {
    const runtime = String(properties['Runtime'])
    if (!runtime.startsWith('nodejs'))
      throw new Error(
        `function ${logicalId}: the runtime ${runtime} is not supported on the local cloud`,
      )
    const { S3Key } = properties['Code'] as { S3Key?: string }
    const directory = files.get((S3Key ?? '').replace(/\.zip$/, ''))
    if (!directory) throw new Error(`function ${logicalId}: its code is no asset of this assembly`)
    const environment =
      (properties['Environment'] as { Variables?: Record<string, string> } | undefined)
        ?.Variables ?? {}
    functions.push({
      name,
      stage: environment['POWERTOOLS_SERVICE_NAME'] ?? logicalId,
      directory,
      handler: properties['Handler'] as string,
      environment,
      timeoutSeconds: (properties['Timeout'] as number | undefined) ?? 3,
      memoryMiB: (properties['MemorySize'] as number | undefined) ?? 128,
      concurrency: (properties['ReservedConcurrentExecutions'] as number | undefined) ?? null,
      role: nameInArn(properties['Role'] as string),
      deadLetterArn:
        (properties['DeadLetterConfig'] as { TargetArn?: string } | undefined)?.TargetArn ?? null,
      logGroup: (properties['LoggingConfig'] as { LogGroup?: string } | undefined)?.LogGroup,
    })
  },
  'AWS::Lambda::EventSourceMapping'({ eventSources }, { properties }) {
    const scaling = properties['ScalingConfig'] as { MaximumConcurrency?: number } | undefined
    eventSources.push({
      queueArn: properties['EventSourceArn'] as string,
      functionName: properties['FunctionName'] as string,
      batchSize: (properties['BatchSize'] as number | undefined) ?? 10,
      batchingWindowSeconds:
        (properties['MaximumBatchingWindowInSeconds'] as number | undefined) ?? 0,
      maximumConcurrency: scaling?.MaximumConcurrency ?? null,
      reportsBatchItemFailures: listOf<string>(properties['FunctionResponseTypes']).includes(
        'ReportBatchItemFailures',
      ),
      enabled: properties['Enabled'] !== false,
    })
  },
  'AWS::Events::Rule'({ rules }, { identity: { name, arn }, properties }) {
    if (properties['ScheduleExpression'] !== undefined)
      throw new Error(
        `rule ${name}: a schedule in a rule is not supported on the local cloud; EventBridge Scheduler is`,
      )
    rules.push({
      name,
      arn,
      pattern: properties['EventPattern'],
      enabled: properties['State'] !== 'DISABLED',
      targets: listOf<TargetProperties>(properties['Targets']).map(readTarget),
    })
  },
  'AWS::Scheduler::Schedule'({ schedules }, { identity: { name, arn }, properties }) {
    const target = properties['Target'] as Pick<
      TargetProperties,
      'Arn' | 'Input' | 'DeadLetterConfig' | 'RetryPolicy'
    > & { RoleArn: string }
    const { Mode } = properties['FlexibleTimeWindow'] as { Mode: string }
    if (Mode !== 'OFF')
      throw new Error(
        `schedule ${name}: a flexible time window is not supported on the local cloud`,
      )
    const timezone = (properties['ScheduleExpressionTimezone'] as string | undefined) ?? null
    schedules.push({
      name,
      arn,
      expression: properties['ScheduleExpression'] as string,
      // The IANA database's own name of UTC.
      timezone: timezone === 'Etc/UTC' ? 'UTC' : timezone,
      enabled: properties['State'] !== 'DISABLED',
      targetArn: target.Arn,
      role: nameInArn(target.RoleArn),
      input: target.Input ?? null,
      deadLetterArn: target.DeadLetterConfig?.Arn ?? null,
      retryPolicy: readRetryPolicy(target.RetryPolicy),
    })
  },
  'AWS::StepFunctions::StateMachine'({ stateMachines }, { identity: { name, arn }, properties }) {
    const type = properties['StateMachineType'] ?? 'STANDARD'
    if (type !== 'STANDARD')
      throw new Error(`state machine ${name}: the type ${type} is not supported on the local cloud`)
    stateMachines.push({
      name,
      arn,
      definition: properties['DefinitionString'] as string,
      role: nameInArn(properties['RoleArn'] as string),
    })
  },
  'AWS::SecretsManager::Secret'({ secrets }, { identity: { name, arn }, logicalId, properties }) {
    const { SecretStringTemplate: template, GenerateStringKey: member } = (properties[
      'GenerateSecretString'
    ] ?? {}) as Record<string, string>
    const within =
      template === undefined || member === undefined ? {} : { within: { template, member } }
    secrets.push({ name, arn, logicalId, ...within })
  },
  'AWS::IAM::Role'({ roles }, { identity: { name }, properties }) {
    const inline = listOf<{ PolicyDocument: { Statement: PolicyStatement[] } }>(
      properties['Policies'],
    )
    if (listOf(properties['ManagedPolicyArns']).length > 0)
      throw new Error(
        `role ${name}: managed policies are not known to the local cloud; write the statements out`,
      )
    const statements = inline.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    roles.set(name, [...(roles.get(name) ?? []), ...statements])
  },
}

interface TargetProperties {
  Id: string
  Arn: string
  RoleArn?: string
  DeadLetterConfig?: { Arn: string }
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number }
  Input?: string
  InputPath?: string
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string }
}

const readRetryPolicy = (policy: TargetProperties['RetryPolicy'] = {}): RetryPolicy => ({
  maximumRetryAttempts: policy.MaximumRetryAttempts ?? DEFAULT_RETRY_POLICY.maximumRetryAttempts,
  maximumEventAgeSeconds:
    policy.MaximumEventAgeInSeconds ?? DEFAULT_RETRY_POLICY.maximumEventAgeSeconds,
})

const readTarget = (target: TargetProperties): TargetDeclaration => ({
  id: target.Id,
  arn: target.Arn,
  role: target.RoleArn === undefined ? null : nameInArn(target.RoleArn),
  retryPolicy: readRetryPolicy(target.RetryPolicy),
  deadLetterArn: target.DeadLetterConfig?.Arn ?? null,
  input: target.Input ?? null,
  inputPath: target.InputPath ?? null,
  inputTransformer: target.InputTransformer
    ? {
        inputPathsMap: target.InputTransformer.InputPathsMap ?? {},
        inputTemplate: target.InputTransformer.InputTemplate,
      }
    : null,
})

/** Reads every stack, in order of dependency. Throws UnsupportedTemplate, or an Error naming the resource. */
export function readDeclarations(assembly: Assembly): Declarations {
  const into: Declarations = {
    buckets: [],
    tables: [],
    queues: [],
    functions: [],
    eventSources: [],
    rules: [],
    schedules: [],
    stateMachines: [],
    secrets: [],
    roles: new Map(),
    namesByPath: new Map(),
  }
  const exports = new Map<string, string>()
  for (const stack of assembly.stacks) {
    const { resolve } = createResolver(stack, exports)
    for (const [logicalId, resource] of Object.entries(stack.template.Resources)) {
      const properties = resolve(resource.Properties ?? {}, logicalId) as Properties
      checkProperties(resource.Type, `${stack.name}, ${logicalId}`, properties)
      const identity = identify(resource.Type, stack.name, logicalId, properties)
      if (resource.Type === 'AWS::IAM::Policy') {
        const { Statement: statements } = properties['PolicyDocument'] as {
          Statement: PolicyStatement[]
        }
        for (const role of listOf<string>(properties['Roles']))
          into.roles.set(role, [...(into.roles.get(role) ?? []), ...statements])
      }
      if (!identity) continue
      READERS[resource.Type]?.(into, { identity, logicalId, properties }, assembly)
      const path = resource.Metadata?.['aws:cdk:path']
      if (typeof path === 'string')
        into.namesByPath.set(path.replace(/\/Resource$/, ''), identity.name)
    }
    for (const [name, output] of Object.entries(stack.template.Outputs ?? {}))
      if (output.Export)
        exports.set(String(resolve(output.Export.Name, name)), String(resolve(output.Value, name)))
  }
  return into
}

/** The dead-letter queues of those that deliver; queues name theirs themselves. */
export const deadLetterArnsOf = ({ rules, schedules, functions }: Declarations): string[] =>
  [...rules.flatMap(({ targets }) => targets), ...schedules, ...functions].flatMap(
    ({ deadLetterArn }) => deadLetterArn ?? [],
  )
