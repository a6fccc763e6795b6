import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import {
  type Environment,
  environments,
  type StageName,
} from '../functions/contract/environments.ts'
import { metricsNamespace } from './environment.ts'
import {
  allow,
  allowDelete,
  allowKey,
  allowList,
  allowRead,
  allowReadVersion,
  allowSend,
  allowTable,
  allowWrite,
  type TableUse,
} from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import type { StoreBucket, StoreSecret, StoreTable } from './store-names.ts'

export interface StageProps {
  description: string
  /** Where people call it by name; else CloudFormation's own. */
  functionName?: string
  timeoutMinutes: number
  memoryMiB: number
  /** Of /tmp; 512 where absent. */
  diskMiB?: number
  /** Invocations at once, taken out of the account's where the deployment reserves any. */
  reserved?: number
  /** Where an asynchronous invocation ends that failed three times. */
  deadLetters?: Queue
}
type Common = 'CODE_DIGEST' | 'METRICS_NAMESPACE'
type Variable<S extends StageName> = Exclude<keyof Environment<S>, Common> & string

const TRACES = 'X-Ray takes segments for no named resource: its actions know only `*`.'

/**
 * The one Lambda wrapper. A binding grants and sets the variable that names what was granted, in
 * one call; the variables are those of the stage's environment schema. Synthesis fails for one that
 * is missing, unknown, or bound to two things.
 */
export class StageFunction<S extends StageName> extends Construct {
  readonly lambda: LambdaFunction
  readonly role: Role
  readonly #bound = new Map<string, string>()
  readonly #stage: S

  constructor(scope: Construct, stage: S, parts: PipelineParts, props: StageProps) {
    super(scope, stage.charAt(0).toUpperCase() + stage.slice(1))
    this.#stage = stage
    const bundle = parts.bundles.stages[stage]
    const logGroup = new LogGroup(this, 'Logs', {
      retention: parts.settings.logRetentionDays,
      encryptionKey: parts.dataKey,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // A role of its own: the managed policy for basic execution may write to every log group.
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    )
    allow(
      this.role,
      { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
      TRACES,
    )
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundle.directory),
      timeout: Duration.minutes(props.timeoutMinutes),
      memorySize: props.memoryMiB,
      ...(props.functionName ? { functionName: props.functionName } : {}),
      ...(props.diskMiB ? { ephemeralStorageSize: Size.mebibytes(props.diskMiB) } : {}),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      environment: {
        POWERTOOLS_SERVICE_NAME: stage,
        ...(parts.settings.endpointUrl ? { AWS_ENDPOINT_URL: parts.settings.endpointUrl } : {}),
      },
      ...(parts.settings.reservesConcurrency && props.reserved
        ? { reservedConcurrentExecutions: props.reserved }
        : {}),
      ...(props.deadLetters ? { deadLetterQueue: props.deadLetters } : {}),
    })
    if (props.deadLetters) allowSend(this.role, props.deadLetters.queueArn, parts.dataKey.keyArn)
    this.#bind('CODE_DIGEST', bundle.digest)
    this.#bind('METRICS_NAMESPACE', metricsNamespace(parts.settings))
    this.node.addValidation({ validate: () => this.#missing() })
  }

  /** Gets objects of these families. */
  reads(bucket: StoreBucket, variable: Variable<S>, patterns: readonly string[]): this {
    allowRead(this.role, bucket, patterns)
    return this.#bind(variable, bucket.name)
  }

  /** Gets versions that are named of objects of these families. */
  readsVersions(bucket: StoreBucket, variable: Variable<S>, patterns: readonly string[]): this {
    allowReadVersion(this.role, bucket, patterns)
    return this.#bind(variable, bucket.name)
  }

  /** Puts objects of these families. */
  writes(bucket: StoreBucket, variable: Variable<S>, patterns: readonly string[]): this {
    allowWrite(this.role, bucket, patterns)
    return this.#bind(variable, bucket.name)
  }

  /** Deletes objects of these families. */
  deletes(bucket: StoreBucket, variable: Variable<S>, patterns: readonly string[]): this {
    allowDelete(this.role, bucket, patterns)
    return this.#bind(variable, bucket.name)
  }

  /** Lists keys of these families, and can tell one that is not there. */
  lists(bucket: StoreBucket, variable: Variable<S>, patterns: readonly string[]): this {
    allowList(this.role, bucket, patterns)
    return this.#bind(variable, bucket.name)
  }

  usesTable(table: StoreTable, variable: Variable<S>, uses: readonly TableUse[]): this {
    allowTable(this.role, table, uses)
    return this.#bind(variable, table.name)
  }

  usesSecret(secret: StoreSecret, variable: Variable<S>): this {
    allow(this.role, { actions: ['secretsmanager:GetSecretValue'], resources: [secret.arn] })
    allowKey(this.role, secret.keyArn, 'secretsmanager', ['kms:Decrypt'])
    return this.#bind(variable, secret.arn)
  }

  /** A value that names nothing to be reached: a digest. */
  knows(variable: Variable<S>, value: string): this {
    return this.#bind(variable, value)
  }

  /** Any other grant, with the name that it is for. */
  mayUse(variable: Variable<S>, value: string, grant: (role: Role) => void): this {
    grant(this.role)
    return this.#bind(variable, value)
  }

  #bind(variable: Variable<S> | Common, value: string): this {
    if (!(variable in environments[this.#stage].shape))
      throw new TypeError(`the environment of ${this.#stage} has no ${variable}`)
    const bound = this.#bound.get(variable)
    if (bound !== undefined && bound !== value)
      throw new TypeError(`${variable} of ${this.#stage} names two things: ${bound}, ${value}`)
    this.#bound.set(variable, value)
    this.lambda.addEnvironment(variable, value)
    return this
  }

  #missing(): string[] {
    return Object.keys(environments[this.#stage].shape)
      .filter((variable) => !this.#bound.has(variable))
      .map((variable) => `the environment of ${this.#stage} lacks ${variable}: nothing binds it`)
  }
}
