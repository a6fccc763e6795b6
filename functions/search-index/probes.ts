import type { SearchDefinition } from '../contract/search.ts'
import { sha256Hex } from '../core/digest.ts'
import type { StatementRow } from './documents.ts'
import type { Probe } from './gate.ts'

/** Documents whose own words are asked for: a share that is off by 5 % shows in 200 of them. */
const DOCUMENTS = 200
/** Words of a query: people ask with few. */
const WORDS = 3

/** The words of a statement's first field of text that has any: a quiet way to ask for this very document. */
function wordsOf({ fields }: SearchDefinition, row: StatementRow): string {
  const attributes = JSON.parse(row.attributes) as Record<string, unknown>
  for (const { from } of Object.values(fields)) {
    const value =
      from === 'title' ? row.title : from === 'text' ? row.text : attributes[from.slice(11)]
    const words = String(Array.isArray(value) ? value.join(' ') : (value ?? ''))
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
