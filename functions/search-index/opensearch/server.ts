/** One HTTP request to the search server. */
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
export interface SearchServer {
  send(request: ServerRequest): Promise<ServerAnswer>
}

/** A path of names, each encoded. */
export const pathOf = (...names: string[]): string =>
  `/${names.map((name) => encodeURIComponent(name)).join('/')}`

interface ServerError {
  type?: string
  reason?: string
  root_cause?: ServerError[]
}

/** Type and reason of an error as the server writes it. Both are empty where there is none. */
export function errorOf(body: unknown): { type: string; reason: string } {
  const error = (body as { error?: ServerError | string } | null)?.error
  if (typeof error === 'object' && error !== null) {
    const { type = '', reason = '' } = error.root_cause?.[0] ?? error
    return { type, reason }
  }
  const reason = error ?? (typeof body === 'string' ? body : '')
  return { type: '', reason: reason.slice(0, 300) }
}

/** `429 circuit_breaking_exception: Data too large`, in one line. */
export function describeAnswer(status: number, body: unknown): string {
  const { type, reason } = errorOf(body)
  return [status, [type, reason].filter(Boolean).join(': ')].filter(Boolean).join(' ')
}
