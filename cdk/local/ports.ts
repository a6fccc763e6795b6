import type { IncomingMessage, ServerResponse } from 'node:http'

/** The interfaces between the parts of the local cloud. Each part is a file, and `cloud.ts` joins them. */

/** Time of the replayed world, epoch milliseconds. Every timer of the cloud hangs on it. */
export interface Clock {
  now(): number
  /** Runs once virtual time reaches `timeMs`; in order of time, then of registration. */
  at(timeMs: number, run: () => void): { cancel(): void }
}

/** Work under way. Virtual time stands still while there is any. */
export interface Activity {
  /** Counts a task as under way until the returned function is called. A repeated call has no effect. */
  begin(what: string): () => void
}

/** Who sent a request: the stage of a function, `training`, or `operator` for the command line. */
export interface Caller {
  stage: string
  /** Logical id of the IAM role that the caller acts as; null for the operator. */
  role: string | null
}

/** One AWS service behind the shared endpoint, chosen by the service name in the request's signature. */
export interface Service {
  /** As it stands in a SigV4 credential scope: `s3`, `sqs`, `dynamodb`, … */
  readonly signingName: string
  /** `url` is that of the request, as the front has parsed it. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    url: URL,
  ): Promise<void>
}

/** An EventBridge event, in the shape in which rules match it and targets get it. */
export interface BusEvent {
  version: '0'
  id: string
  source: string
  'detail-type': string
  account: string
  /** ISO 8601 UTC, whole seconds, as AWS sends it. */
  time: string
  region: string
  resources: string[]
  detail: Record<string, unknown>
}

export interface EventBus {
  /** Delivers to the targets of every enabled rule that matches; returns once all were accepted. */
  publish(event: Pick<BusEvent, 'source' | 'detail-type' | 'resources' | 'detail'>): void
}

export interface InvokeAnswer {
  payload: unknown
  /** `Unhandled` for a thrown error, a timeout, a killed or crashed process. */
  functionError: string | null
}

/** Runs functions by name; one process each, more when invocations overlap. */
export interface FunctionInvoker {
  invoke(functionName: string, payload: unknown): Promise<InvokeAnswer>
}

/** What a target of a rule, a schedule or an event source mapping is called with. */
export type Deliver = (payload: unknown) => Promise<void>

/**
 * How to reach a target in the name of a role; null where it is no role that lets the service in.
 * Throws for an ARN that nothing answers to.
 */
export type Resolve = (arn: string, role: string | null) => Deliver

/** One function as the templates declare it, references resolved. */
export interface FunctionDeclaration {
  name: string
  /** `POWERTOOLS_SERVICE_NAME`, else the logical id. */
  stage: string
  /** Folder of the asset in the cloud assembly. */
  directory: string
  /** `index.handler` */
  handler: string
  environment: Readonly<Record<string, string>>
  timeoutSeconds: number
  memoryMiB: number
  /** Reserved concurrency, or null. */
  concurrency: number | null
  role: string
  /** Gets the event of an asynchronous invocation that failed to the last; else it is lost. */
  deadLetterArn?: string | null
  /** As the template names it; Lambda's own name for it where it names none. */
  logGroup?: string | undefined
}

/** Peak memory and time of one process or many, for the summary. */
export interface UsageSink {
  invocation(stage: string, seconds: number, failed: boolean): void
  memory(stage: string, residentBytes: number): void
  request(stage: string, service: string, bytesIn: number, bytesOut: number): void
}

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'
