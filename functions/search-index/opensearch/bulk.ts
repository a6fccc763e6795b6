import { compareVersions } from '../version.ts'
import { sourceOf, type TextDocument } from './text-document.ts'

/**
 * Documents as bulk requests ("Bulk", the server's reference): pairs of lines, an action and a document.
 * Everything here is pure.
 */

/** A document that no request can hold, with the reason. Its former version stays on the server. */
export interface QuarantinedDocument {
  document: TextDocument
  reason: string
}
/** A document with its place in requests: how much of one it takes. */
export interface BulkItem {
  document: TextDocument
  /** Its JSON, in one line. Null: the document is gone. */
  source: string | null
  /** Of its lines, at most. */
  bytes: number
}

/** One request: at most this many bytes, and this many items. */
export interface BulkLimits {
  /** A server of AWS's small instances takes 10 MB. Large requests are no faster. */
  maxBytes: number
  maxItems: number
  /** A document alone in a request may have this many. */
  maxDocumentBytes: number
}
export const BULK_LIMITS: BulkLimits = {
  maxBytes: 4 * 2 ** 20,
  maxItems: 2000,
  maxDocumentBytes: 9 * 2 ** 20,
}

const MAX_ID_BYTES = 512

/** Why the server would reject the whole request, or take another id. Null: it would not. */
function whyUnfit({ id }: TextDocument): string | null {
  const bytes = Buffer.byteLength(id)
  if (bytes === 0 || bytes > MAX_ID_BYTES)
    return `the id has ${bytes} bytes, expected 1 to ${MAX_ID_BYTES}`
  // UTF-8 cannot encode half of a surrogate pair: two such ids would become one.
  return id.isWellFormed() ? null : 'the id is not well-formed Unicode'
}

/** Of each id the newest document, in the order of first appearance. `unfit` ones are quarantined. */
export function newestDocuments(documents: readonly TextDocument[]): {
  newest: TextDocument[]
  unfit: QuarantinedDocument[]
} {
  const newest = new Map<string, TextDocument>()
  const unfit: QuarantinedDocument[] = []
  for (const document of documents) {
    const reason = whyUnfit(document)
    const known = newest.get(document.id)
    if (reason !== null) unfit.push({ document, reason })
    else if (!known || compareVersions(document.version, known.version) > 0)
      newest.set(document.id, document)
  }
  return { newest: [...newest.values()], unfit }
}

/** The first line of an item. */
const actionOf = (
  { document: { id }, source }: Omit<BulkItem, 'bytes'>,
  external: bigint,
): string =>
  // The version is written as digits: a JavaScript number would lose its last bits.
  `{"${source === null ? 'delete' : 'index'}":{"_id":${JSON.stringify(id)},"version":${external},"version_type":"external_gte"}}\n`

const LONGEST_VERSION = 2n ** 63n - 1n

export function bulkItem(document: TextDocument): BulkItem {
  const { id, content } = document
  const source = content && sourceOf(id, content)
  const action = actionOf({ document, source }, LONGEST_VERSION)
  return {
    document,
    source,
    bytes: Buffer.byteLength(action) + Buffer.byteLength(source ?? '') + 1,
  }
}

/** Cuts items into requests, in their order. An item that is larger than a request is alone in its own. */
export function planRequests(
  items: readonly BulkItem[],
  limits: Pick<BulkLimits, 'maxBytes' | 'maxItems'>,
): BulkItem[][] {
  const requests: BulkItem[][] = []
  let bytes = 0
  for (const item of items) {
    const last = requests.at(-1)
    const fits = last && bytes + item.bytes <= limits.maxBytes && last.length < limits.maxItems
    if (fits) last.push(item)
    else requests.push([item])
    bytes = fits ? bytes + item.bytes : item.bytes
  }
  return requests
}

/**
 * An update of a document that is never there. It changes nothing, but `require_alias` of a request
 * counts for index and update actions only: deletions alone, with external versions, would make an index
 * with the alias's name where the alias is missing (seen in OpenSearch 2.19).
 */
const GUARD = '{"update":{"_id":"quartermaster-guard"}}\n{"doc":{}}\n'

/**
 * A request for items with their external versions. The guard, where there is one, is last: its outcome
 * is left out.
 */
export function bulkRequest(
  alias: string,
  versioned: readonly { item: BulkItem; external: bigint }[],
) {
  const lines = versioned.map(({ item, external }) => {
    const action = actionOf(item, external)
    return item.source === null ? action : `${action}${item.source}\n`
  })
  const guard = versioned.every(({ item }) => item.source === null) ? GUARD : ''
  return {
    method: 'POST',
    path: `/${alias}/_bulk?require_alias=true`,
    body: lines.join('') + guard,
  } as const
}
