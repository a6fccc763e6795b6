import { uuidOf } from '../identifiers.ts'
import { ACCOUNT, REGION } from '../ports.ts'

/** A resource of a template, and what its references stand for here. */
export interface Identity {
  /** Physical name. */
  name: string
  arn: string
  /** What `Ref` gives. */
  ref: string
  /** What `Fn::GetAtt` gives, beyond `Arn`. */
  attributes: Readonly<Record<string, string>>
}

interface ResourceType {
  /** Property that may name it; else the name is made of stack and logical id. */
  nameProperty?: string
  /** Longest physical name. */
  longest: number
  lowerCase?: boolean
  arnOf: (name: string) => string
  refIs: 'name' | 'arn'
  attributesOf?: (name: string) => Record<string, string>
}

const inRegion = (service: string, resource: string) => (name: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}${name}`
const named = (
  nameProperty: string,
  longest: number,
  arnOf: (name: string) => string,
  refIs: 'name' | 'arn' = 'name',
): ResourceType => ({ nameProperty, longest, arnOf, refIs })

/** Everything that the local cloud runs, or that others refer to ("AWS resource and property types reference"). */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::S3::Bucket': {
    ...named('BucketName', 63, (name) => `arn:aws:s3:::${name}`),
    lowerCase: true,
  },
  'AWS::DynamoDB::Table': named('TableName', 255, inRegion('dynamodb', 'table/')),
  'AWS::SecretsManager::Secret': named(
    'Name',
    64,
    (name) => `${inRegion('secretsmanager', 'secret:')(name)}-local0`,
    'arn',
  ),
  'AWS::SQS::Queue': {
    ...named('QueueName', 80, inRegion('sqs', '')),
    attributesOf: (name) => ({
      QueueName: name,
      QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`,
    }),
  },
  'AWS::Lambda::Function': named('FunctionName', 64, inRegion('lambda', 'function:')),
  'AWS::Lambda::EventSourceMapping': {
    longest: 64,
    arnOf: inRegion('lambda', 'event-source-mapping:'),
    refIs: 'name',
  },
  'AWS::Events::Rule': named('Name', 64, inRegion('events', 'rule/')),
  'AWS::Scheduler::Schedule': named('Name', 64, inRegion('scheduler', 'schedule/default/')),
  'AWS::StepFunctions::StateMachine': {
    ...named('StateMachineName', 80, inRegion('states', 'stateMachine:'), 'arn'),
    attributesOf: (name) => ({ Name: name }),
  },
  'AWS::IAM::Role': named('RoleName', 64, (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`),
  'AWS::KMS::Key': {
    longest: 64,
    arnOf: (name) => inRegion('kms', 'key/')(uuidOf(name)),
    refIs: 'name',
  },
  'AWS::Logs::LogGroup': {
    ...named('LogGroupName', 512, (name) => `${inRegion('logs', 'log-group:')(name)}:*`),
  },
  // Alarms notify nobody on one machine: failures are in the summary. The dashboard names the alarms.
  'AWS::CloudWatch::Alarm': named('AlarmName', 255, inRegion('cloudwatch', 'alarm:')),
  'AWS::SNS::Topic': named('TopicName', 256, inRegion('sns', ''), 'arn'),
}

/** What needs nothing here, and why. */
export const IDLE_TYPES: Readonly<Record<string, string>> = {
  'AWS::S3::BucketPolicy':
    'refuses requests without TLS; the loopback has none, and roles are evaluated in full',
  'AWS::KMS::Alias': 'a second name for a key',
  'AWS::SQS::QueuePolicy':
    'says which service may send; the wiring itself is declared by rules and schedules',
  'AWS::SNS::TopicPolicy': 'alarms send no notifications on one machine',
  'AWS::CloudWatch::Dashboard': 'metrics stay in the log files of their stages',
  'AWS::SNS::Subscription': 'alarms send no notifications on one machine',
  'AWS::Budgets::Budget': 'nothing here costs anything',
  'AWS::Lambda::Permission':
    'says which service may invoke; the wiring itself is declared by rules and schedules',
  'AWS::Lambda::Url': 'the page of the running system asks the function itself',
  'AWS::IAM::Policy': 'read together with the roles that it names',
  'AWS::CDK::Metadata': 'counts constructs for AWS',
}

export const isKnown = (type: string): boolean =>
  Object.hasOwn(RESOURCE_TYPES, type) || Object.hasOwn(IDLE_TYPES, type)

/** Physical identity of a resource; null for a type that nobody refers to. */
export function identify(
  type: string,
  stack: string,
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
): Identity | null {
  const known = RESOURCE_TYPES[type]
  if (!known) return null
  const given = known.nameProperty ? properties[known.nameProperty] : undefined
  const made = `${stack}-${logicalId}`
  const cased = known.lowerCase ? made.toLowerCase() : made
  const name = typeof given === 'string' ? given : cased.slice(-known.longest).replace(/^-+/, '')
  const arn = known.arnOf(name)
  return {
    name,
    arn,
    ref: known.refIs === 'arn' ? arn : name,
    attributes: known.attributesOf?.(name) ?? {},
  }
}
