import { describeAnswer, errorOf, type ServerAnswer } from './server.ts'

/**
 * What became of a document in a bulk request.
 *
 * - `written`: it was indexed or deleted.
 * - `absent`: a deletion of a document that the server does not have.
 * - `newer`: the server has a newer one.
 * - `quarantined`: the document itself is at fault, and the server refuses it each time.
 * - `again`: the server is too busy, or blocks writes: its disk is full, or the index is read-only.
 * - `fault`: no document can be written and no wait helps, such as a missing index or right.
 */
export type Outcome =
  | { kind: 'written' | 'absent' | 'newer' }
  | { kind: 'quarantined'; reason: string }
  | { kind: 'again'; reason: string }
  | { kind: 'fault'; reason: string }

interface AnsweredItem {
  _index?: string
  status?: number
  error?: unknown
}

const BLOCKED = 'cluster_block_exception'
/** Rights that are missing, by status. */
const NO_RIGHT = [401, 403]
const TOO_LARGE = 413

function outcomeOf(action: string, item: AnsweredItem, physical: string): Outcome {
  const status = item.status ?? 0
  const { type } = errorOf(item)
  const reason = describeAnswer(status, item)
  if (status === 429 || status >= 500 || type === BLOCKED) return { kind: 'again', reason }
  // The server names the alias where it found no open index behind it, whatever the status.
  if (item._index !== physical)
    return { kind: 'fault', reason: `${reason} (expected the index ${physical})` }
  if (status === 200 || status === 201) return { kind: 'written' }
  if (status === 404 && action === 'delete' && item.error === undefined) return { kind: 'absent' }
  if (status === 409) return { kind: 'newer' }
  if (status < 400 || status === 404 || NO_RIGHT.includes(status)) return { kind: 'fault', reason }
  return { kind: 'quarantined', reason }
}

/** The outcome of each of `count` documents, in their order. */
export type BulkAnswer =
  | { kind: 'outcomes'; outcomes: Outcome[] }
  /** The request as a whole: it is too large, must be sent again, or cannot be answered at all. */
  | { kind: 'too large' | 'again' | 'fault'; reason: string }

/** Reads the answer to a bulk request of `count` documents for the index `physical`. */
export function readBulkAnswer(answer: ServerAnswer, count: number, physical: string): BulkAnswer {
  const { status, body } = answer
  const reason = describeAnswer(status, body)
  if (status === TOO_LARGE) return { kind: 'too large', reason }
  if (status === 429 || status >= 500 || errorOf(body).type === BLOCKED)
    return { kind: 'again', reason }
  if (status !== 200) return { kind: 'fault', reason }
  const items = (body as { items?: Record<string, AnsweredItem>[] } | null)?.items
  // A guard after the documents has an outcome too.
  if (!Array.isArray(items) || items.length < count)
    return { kind: 'fault', reason: `expected ${count} outcomes, found ${items?.length ?? 'none'}` }
  const outcomes = items.slice(0, count).map((item) => {
    const [action, result] = Object.entries(item)[0] ?? ['', {}]
    return outcomeOf(action, result, physical)
  })
  return { kind: 'outcomes', outcomes }
}
