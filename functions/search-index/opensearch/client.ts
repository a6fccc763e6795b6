import { Client, type ClientOptions, errors } from '@opensearch-project/opensearch'
import { QuartermasterError } from '../../core/errors.ts'
import type { SearchServer } from './server.ts'

/** A document is at most a few megabytes: what takes longer than this hangs. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * The port over the OpenSearch client. `options` are the client's own: node, authentication, TLS, and for
 * AWS the result of `AwsSigv4Signer` of `@opensearch-project/opensearch/aws-v3`. The client does not retry:
 * `deliverDocuments` does, and only what failed.
 */
export function openSearchServer(options: ClientOptions): SearchServer & {
  close(): Promise<void>
} {
  const client = new Client({
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...options,
    maxRetries: 0,
    // Lines of a bulk request repeat the same words.
    compression: 'gzip',
    // A stored document may have an attribute `__proto__`. Nothing here copies what it parsed.
    disablePrototypePoisoningProtection: true,
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
          `Search server: no answer to ${method} ${path}: ${(error as Error).message}`,
          { cause: error },
        )
      }
    },
    close: () => client.close(),
  }
}
