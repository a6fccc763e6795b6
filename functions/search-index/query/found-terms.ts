import type { Matcher } from './matcher.ts'
import type { Group } from './query-tree.ts'
import type { RankedDocument } from './top-hits.ts'

/** For each document in order: by field, the distinct terms by which it was found, in the query's order. */
export function foundTerms(
  groups: readonly Group<Matcher>[],
  documents: readonly RankedDocument[],
): Record<string, string[]>[] {
  const found = documents.map(() => new Map<string, Set<string>>())
  const byPart = Map.groupBy(documents.entries(), ([, { part }]) => part)
  for (const [part, hits] of byPart) {
    const places = new Map(hits.map(([place, { doc }]) => [doc, place]))
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
