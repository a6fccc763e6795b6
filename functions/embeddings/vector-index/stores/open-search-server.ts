import { Client, type ClientOptions, errors } from '@opensearch-project/opensearch'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3'
import { QuartermasterError } from '../../../core/errors.ts'

/** A request is at most a few megabytes: what takes longer than this hangs. */
const REQUEST_TIMEOUT_MS = 30_000

interface Answer {
  /** The HTTP status. */
  status: number
  body: unknown
}

/** One HTTP request to a server of vectors. Any status is an answer; QuartermasterError: there is none. */
export interface VectorServer {
  send(request: {
    method: 'GET' | 'PUT' | 'POST' | 'DELETE'
    path: string
    /** JSON, or the lines of a bulk request. */
    body?: string
  }): Promise<Answer>
  close(): Promise<void>
}

/** Lambda gives a function the keys of its role in these variables of its environment. */
export interface RoleVariables {
  AWS_REGION?: string
  AWS_ACCESS_KEY_ID?: string
  AWS_SECRET_ACCESS_KEY?: string
  AWS_SESSION_TOKEN?: string
}

const signerOf = (variables: RoleVariables): ClientOptions =>
  AwsSigv4Signer({
    ...{ region: variables.AWS_REGION!, service: 'es' },
    // Read for each signature: Lambda renews them.
    getCredentials: async () => ({
      accessKeyId: variables.AWS_ACCESS_KEY_ID!,
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY!,
      sessionToken: variables.AWS_SESSION_TOKEN!,
    }),
  })

/** The server behind an endpoint, with requests signed by the function's role where there are `variables`. */
export function openVectorServer(endpoint: string, variables: RoleVariables | null): VectorServer {
  const client = new Client({
    ...(variables && signerOf(variables)),
    ...{ node: endpoint, requestTimeout: REQUEST_TIMEOUT_MS, maxRetries: 0, compression: 'gzip' },
  })
  return {
    async send({ method, path, body }) {
      const sent = body?.endsWith('\n') ? { bulkBody: body } : { body: body ?? '' }
      try {
        const answer = await client.transport.request({ method, path, ...sent })
        return { status: answer.statusCode ?? 0, body: answer.body as unknown }
      } catch (error) {
        if (error instanceof errors.ResponseError)
          return { status: error.statusCode ?? 0, body: error.body as unknown }
        throw new QuartermasterError(
          `Vector server: no answer to ${method} ${path}: ${(error as Error).message}`,
          { cause: error },
        )
      }
    },
    close: () => client.close(),
  }
}
