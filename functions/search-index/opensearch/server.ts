import type { OpenSearchServer } from '../../core/open-search.ts'

export type { ServerAnswer, ServerRequest } from '../../core/open-search.ts'
/** The server of a search index. */
export type SearchServer = OpenSearchServer

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
