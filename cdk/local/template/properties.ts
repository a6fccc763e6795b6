import { UnsupportedTemplate } from './resolve.ts'

/**
 * What a property of a resource is to the local cloud: read; known but without effect on one machine,
 * and why; or an object, or a list of them, whose own properties are looked at in turn.
 */
type Property = typeof READ | string | Properties
interface Properties {
  readonly [name: string]: Property
}
const READ = true
const PLAIN = 'nothing is encrypted'
const TAGS = 'there is no billing or search by tags'
const KEPT = 'nothing expires: a run ends before'
const DERIVED = 'the secret is made from the seed of the run, so that it repeats'
const RETRY_POLICY = { MaximumRetryAttempts: READ, MaximumEventAgeInSeconds: READ } as const
const DEAD_LETTERS = { Arn: READ } as const

/**
 * Every property of the types that run here ("AWS resource and property types reference"). Another is
 * refused by name: to ignore it would be to run something else than what is deployed. Types of which
 * nothing runs here (keys, topics, alarms, log groups) are not looked into.
 */
const PROPERTIES: Readonly<Record<string, Properties>> = {
  'AWS::S3::Bucket': {
    BucketName: READ,
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: READ } },
    VersioningConfiguration: { Status: READ },
    BucketEncryption: PLAIN,
    LifecycleConfiguration: KEPT,
    LoggingConfiguration: 'the cloud counts requests itself',
    OwnershipControls: 'there is one account',
    PublicAccessBlockConfiguration: 'nothing here is public',
    Tags: TAGS,
  },
  'AWS::DynamoDB::Table': {
    TableName: READ,
    AttributeDefinitions: READ,
    KeySchema: READ,
    BillingMode: 'nothing is billed or throttled',
    DeletionProtectionEnabled: 'no stack is ever deleted',
    PointInTimeRecoverySpecification: 'nothing outlives the process',
    SSESpecification: PLAIN,
    Tags: TAGS,
    TimeToLiveSpecification: KEPT,
  },
  'AWS::SecretsManager::Secret': {
    Name: READ,
    Description: 'for people',
    GenerateSecretString: {
      SecretStringTemplate: READ,
      GenerateStringKey: READ,
      PasswordLength: DERIVED,
      ExcludePunctuation: DERIVED,
    },
    KmsKeyId: PLAIN,
    Tags: TAGS,
  },
  'AWS::SQS::Queue': {
    QueueName: READ,
    VisibilityTimeout: READ,
    MessageRetentionPeriod: READ,
    DelaySeconds: READ,
    RedrivePolicy: { deadLetterTargetArn: READ, maxReceiveCount: READ },
    KmsMasterKeyId: PLAIN,
    Tags: TAGS,
  },
  'AWS::Lambda::Function': {
    FunctionName: READ,
    Code: { S3Bucket: 'assets lie in the assembly', S3Key: READ },
    Runtime: READ,
    Handler: READ,
    Environment: { Variables: READ },
    Timeout: READ,
    MemorySize: READ,
    ReservedConcurrentExecutions: READ,
    Role: READ,
    DeadLetterConfig: { TargetArn: READ },
    LoggingConfig: { LogGroup: READ, LogFormat: 'lines are kept as they are printed' },
    Architectures: "a process runs on this machine's own",
    Description: 'for people',
    EphemeralStorage: "the disk is this machine's own",
    Tags: TAGS,
    TracingConfig: 'nothing is traced',
  },
  'AWS::Lambda::EventSourceMapping': {
    EventSourceArn: READ,
    FunctionName: READ,
    BatchSize: READ,
    MaximumBatchingWindowInSeconds: READ,
    ScalingConfig: { MaximumConcurrency: READ },
    FunctionResponseTypes: READ,
    Enabled: READ,
    Tags: TAGS,
  },
  'AWS::Events::Rule': {
    Name: READ,
    Description: 'for people',
    EventPattern: READ,
    ScheduleExpression: READ,
    State: READ,
    Tags: TAGS,
    Targets: {
      Id: READ,
      Arn: READ,
      RoleArn: READ,
      Input: READ,
      InputPath: READ,
      InputTransformer: { InputPathsMap: READ, InputTemplate: READ },
      DeadLetterConfig: DEAD_LETTERS,
      RetryPolicy: RETRY_POLICY,
    },
  },
  'AWS::Scheduler::Schedule': {
    Name: READ,
    Description: 'for people',
    ScheduleExpression: READ,
    ScheduleExpressionTimezone: READ,
    State: READ,
    FlexibleTimeWindow: { Mode: READ },
    Target: {
      Arn: READ,
      RoleArn: READ,
      Input: READ,
      DeadLetterConfig: DEAD_LETTERS,
      RetryPolicy: RETRY_POLICY,
    },
  },
  'AWS::StepFunctions::StateMachine': {
    StateMachineName: READ,
    StateMachineType: READ,
    DefinitionString: READ,
    RoleArn: READ,
    LoggingConfiguration: 'each execution has its history to ask for',
    Tags: TAGS,
    TracingConfiguration: 'nothing is traced',
  },
  'AWS::IAM::Role': {
    RoleName: READ,
    Policies: READ,
    ManagedPolicyArns: READ,
    AssumeRolePolicyDocument: 'the wiring says who acts as the role',
    Description: 'for people',
    Tags: TAGS,
  },
}

/** Throws UnsupportedTemplate for the first property, at any depth, that the local cloud does not know. */
export function checkProperties(
  type: string,
  place: string,
  properties: Readonly<Record<string, unknown>>,
): void {
  const known = PROPERTIES[type]
  if (known) checkWithin(known, properties, place, '')
}

function checkWithin(known: Properties, value: unknown, place: string, path: string): void {
  if (Array.isArray(value)) for (const each of value) checkWithin(known, each, place, path)
  else
    for (const [name, inner] of Object.entries((value ?? {}) as Record<string, unknown>)) {
      const property = Object.hasOwn(known, name) ? known[name] : undefined
      if (property === undefined)
        throw new UnsupportedTemplate(
          `${place}: the property ${path}${name} is not supported on the local cloud`,
        )
      if (typeof property === 'object') checkWithin(property, inner, place, `${path}${name}.`)
    }
}
