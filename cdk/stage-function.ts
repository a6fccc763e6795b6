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

/** Settings of the deployment, which are not part of a stage's declaration. */
export interface StageProps {
  /** For functions that people call by name. Default: CloudFormation generates a name. */
  functionName?: string
  /** Overrides the declared memory, where it depends on the scenes. */
  memoryMiB?: number
  /** Reserved concurrency, if the deployment reserves any. */
  reserved?: number
  /** Gets asynchronous invocations that failed three times. */
  deadLetters?: Queue
}
/** Variables that the construct must bind: to a value, or to a grant with its name. */
type Variable<S> = (S extends { variables: infer V } ? keyof V : never) & string
type DeclaredStage = Stage & { name: StageName }

const TRACES = 'X-Ray takes segments for no named resource: its actions know only `*`.'

/**
 * The only Lambda wrapper. It creates a function from its stage's declaration, with grants and the
 * environment variables that name their resources. A binding grants and sets the variable in one
 * call. Synthesis fails for a variable that is missing, unknown, or bound twice.
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
    // The managed policy for basic execution may write to every log group, so each function has a role.
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

  /** Grants what the stage declares and sets the variables that name its buckets and tables. */
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

  /** Sets a variable that needs no grant, such as a digest. */
  knows(variable: Variable<S>, value: string): this {
    return this.#bind(variable, value)
  }

  /** Makes a grant and sets the variable that names its resource. */
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
