import type { SearchDefinition } from '../contract/search.ts'
import { sha256Hex } from '../core/digest.ts'
import { fieldText, type StatementRow, storedOf, takesOut } from './documents.ts'
import type { Probe } from './gate.ts'
import { namedQueries, type QueryLog } from './query-log.ts'

/** Documents whose own words are asked for: a share that is off by 5 % shows in 200 of them. */
const DOCUMENTS = 200
/** Words of a query: people ask with few. */
const WORDS = 3

/** The words of a statement's first field of text that has any: a way to ask for this very document. */
function wordsOf({ fields }: SearchDefinition, row: StatementRow): string {
  const stored = storedOf(row)
  for (const { from } of Object.values(fields)) {
    const words = fieldText(stored, from)
      .split(/[^\p{L}\p{M}\p{N}]+/u)
      .filter((word) => word !== '')
    if (words.length > 0) return words.slice(0, WORDS).join(' ')
  }
  return ''
}

/** Keeps the documents with the least digests of their ids: the same ones in any order, a fair sample of all. */
export function createSample(search: SearchDefinition) {
  let kept: (Probe & { order: string })[] = []
  const cut = (): void => {
    kept = kept.sort((a, b) => (a.order < b.order ? -1 : 1)).slice(0, DOCUMENTS)
  }
  return {
    add(rows: readonly StatementRow[]): void {
      for (const row of rows) {
        if (takesOut(search, row.attributes)) continue
        const query = wordsOf(search, row)
        if (query !== '') kept.push({ query, id: row.id, order: sha256Hex(row.id) })
        if (kept.length > 20 * DOCUMENTS) cut()
      }
    },
    probes(): Probe[] {
      cut()
      return kept.map(({ query, id }) => ({ query, id }))
    },
  }
}

const HEAD = 100
const TAIL = 100

/** What people asked: the most frequent queries, and as many of the others, by the digests of their texts. */
export function askedProbes(log: QueryLog): Probe[] {
  const named = namedQueries(log)
  const tail = named
    .slice(HEAD)
    .map((asked) => ({ asked, order: sha256Hex(asked.query) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, TAIL)
    .map(({ asked }) => asked)
  return [...named.slice(0, HEAD), ...tail].map(({ query, clicked }) => ({
    ...{ query, id: null, clicked: new Set(clicked.keys()) },
  }))
}
