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
  bucketVariable,
  environmentSchema,
  type Stage,
  type TableName,
  tableVariable,
} from '../functions/contract/stage.ts'
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
} from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import type { StageName } from './rooms.ts'
import type { StoreSecret } from './store-names.ts'

/** What a stage's declaration does not say, since it is the deployment's. */
export interface StageProps {
  /** Where people call it by name; else CloudFormation's own. */
  functionName?: string
  /** In place of what is declared: for what depends on the scenes. */
  memoryMiB?: number
  /** Invocations at once, taken out of the account's where the deployment reserves any. */
  reserved?: number
  /** Where an asynchronous invocation ends that failed three times. */
  deadLetters?: Queue
}
/** What its construct still has to bind: a value, or a grant with the name that it is for. */
type Variable<S> = (S extends { variables: infer V } ? keyof V : never) & string
type DeclaredStage = Stage & { name: StageName }

const TRACES = 'X-Ray takes segments for no named resource: its actions know only `*`.'

/**
 * The one Lambda wrapper: a function as its stage declares it, with what it may reach and the
 * variables that name it. A binding grants and sets the variable in one call. Synthesis fails for
 * one that is missing, unknown, or bound to two things.
 */
export class StageFunction<S extends DeclaredStage> extends Construct {
  readonly lambda: LambdaFunction
  readonly role: Role
  readonly #bound = new Map<string, string>()
  readonly #stage: S

  constructor(scope: Construct, stage: S, parts: PipelineParts, props: StageProps = {}) {
    super(scope, stage.name.charAt(0).toUpperCase() + stage.name.slice(1))
    this.#stage = stage
    const bundle = parts.bundles.stages[stage.name]
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
      description: stage.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundle.directory),
      timeout: Duration.minutes(stage.timeoutMinutes),
      memorySize: props.memoryMiB ?? stage.memoryMiB,
      ...(props.functionName ? { functionName: props.functionName } : {}),
      ...(stage.diskMiB ? { ephemeralStorageSize: Size.mebibytes(stage.diskMiB) } : {}),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      environment: {
        POWERTOOLS_SERVICE_NAME: stage.name,
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
    this.#reach(parts)
    this.node.addValidation({ validate: () => this.#missing() })
  }

  /** Grants what the stage declares, bucket by bucket, and names each bucket and table. */
  #reach({ store }: PipelineParts): void {
    const { readsVersions, reads, lists, writes, deletes, tables = {} } = this.#stage
    const grants = [
      [allowReadVersion, readsVersions],
      [allowRead, reads],
      [allowList, lists],
      [allowWrite, writes],
      [allowDelete, deletes],
    ] as const
    for (const [grant, families = []] of grants)
      for (const [name, own] of Map.groupBy(families, ({ bucket }) => bucket)) {
        grant(this.role, store[name], own)
        this.#bind(bucketVariable(name), store[name].name)
      }
    for (const [name, uses] of Object.entries(tables)) {
      allowTable(this.role, store[name as TableName], uses)
      this.#bind(tableVariable(name as TableName), store[name as TableName].name)
    }
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

  #bind(variable: string, value: string): this {
    if (!(variable in environmentSchema(this.#stage).shape))
      throw new TypeError(`the environment of ${this.#stage.name} has no ${variable}`)
    const bound = this.#bound.get(variable)
    if (bound !== undefined && bound !== value)
      throw new TypeError(`${variable} of ${this.#stage.name} names two things: ${bound}, ${value}`)
    this.#bound.set(variable, value)
    this.lambda.addEnvironment(variable, value)
    return this
  }

  #missing(): string[] {
    return Object.keys(environmentSchema(this.#stage).shape)
      .filter((variable) => !this.#bound.has(variable))
      .map(
        (variable) => `the environment of ${this.#stage.name} lacks ${variable}: nothing binds it`,
      )
  }
}
