import type { Matcher } from './matcher.ts'
import type { Group } from './query-tree.ts'
import type { RankedDocument } from './top-hits.ts'

/** For each document in order: by field, the distinct terms by which it was found, in the query's order. */
export function foundTerms(
  groups: readonly Group<Matcher>[],
  documents: readonly RankedDocument[],
): Record<string, string[]>[] {
  const found = documents.map(() => new Map<string, Set<string>>())
  const byPart = new Map<number, Map<number, number>>()
  for (const [place, { part, doc }] of documents.entries())
    byPart.set(part, (byPart.get(part) ?? new Map<number, number>()).set(doc, place))
  for (const [part, places] of byPart) {
    const docs = [...places.keys()].sort((a, b) => a - b)
    for (const { field, own, alternatives } of groups)
      for (const matcher of [...own, ...alternatives])
        matcher.findTerms(part, docs, (doc, term) => {
          const fields = found[places.get(doc)!]!
          fields.set(field, (fields.get(field) ?? new Set()).add(term))
        })
  }
  return found.map((fields) =>
    Object.fromEntries(Array.from(fields, ([field, terms]) => [field, [...terms]])),
  )
}
