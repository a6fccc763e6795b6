import { Client, type ClientOptions, errors } from '@opensearch-project/opensearch'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import { QuartermasterError } from './errors.ts'

/** One HTTP request to OpenSearch or Elasticsearch. */
export interface ServerRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With its query, encoded: `/feed/_search?size=10`. */
  path: string
  /** JSON, or the lines of a bulk request. */
  body?: string
}

export interface ServerAnswer {
  /** The HTTP status. */
  status: number
  /** The parsed JSON, or a text where the server did not answer with JSON. */
  body: unknown
}

/**
 * The port to OpenSearch or Elasticsearch. Any HTTP status is an answer. QuartermasterError is thrown only
 * where there is none: the connection is refused or breaks, or the time is up. A request is sent once.
 */
export interface OpenSearchServer {
  send(request: ServerRequest): Promise<ServerAnswer>
}

/** A request is at most a few megabytes: what takes longer than this hangs. */
const REQUEST_TIMEOUT_MS = 30_000

/** Lambda gives a function the keys of its role in these variables of its environment. */
export interface RoleVariables {
  AWS_REGION?: string
  AWS_ACCESS_KEY_ID?: string
  AWS_SECRET_ACCESS_KEY?: string
  AWS_SESSION_TOKEN?: string
}

/** Options of a client whose requests the function's role signs: for a domain (`es`) or a collection (`aoss`). */
export const signedByRole = (service: 'es' | 'aoss', variables: RoleVariables): ClientOptions =>
  AwsSigv4Signer({
    ...{ region: variables.AWS_REGION!, service },
    // Read for each signature: Lambda renews them.
    getCredentials: async () => ({
      accessKeyId: variables.AWS_ACCESS_KEY_ID!,
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY!,
      sessionToken: variables.AWS_SESSION_TOKEN!,
    }),
  })

/**
 * The port over the OpenSearch client. `options` are the client's own, and errors begin with `name`. The client
 * does not retry: callers do, and only what failed.
 */
export function connectServer(
  name: string,
  options: ClientOptions,
): OpenSearchServer & { close(): Promise<void> } {
  const client = new Client({
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...options,
    maxRetries: 0,
    // Lines of a bulk request repeat the same words.
    compression: 'gzip',
  })
  return {
    async send({ method, path, body }) {
      // A bulk body has lines. Every other one is a single JSON value.
      const sent = body?.endsWith('\n') ? { bulkBody: body } : { body: body ?? '' }
      try {
        const answer = await client.transport.request({ method, path, ...sent })
        return { status: answer.statusCode ?? 0, body: answer.body as unknown }
      } catch (error) {
        if (error instanceof errors.ResponseError)
          return { status: error.statusCode ?? 0, body: error.body as unknown }
        throw new QuartermasterError(
          `${name}: no answer to ${method} ${path}: ${(error as Error).message}`,
          { cause: error },
        )
      }
    },
    close: () => client.close(),
  }
}
