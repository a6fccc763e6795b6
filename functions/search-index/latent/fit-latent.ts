import { fitLatentSpace, LATENT_OPTIONS, latentProjector } from '../../math/latent-space.ts'
import type { OpenSegment, OpenSnapshot } from '../open-snapshot.ts'
import { END } from '../segment/types.ts'
import type { LatentIndex } from './latent-file.ts'

/** Terms that are kept: 128 dimensions of them are 15 MB. */
const MAX_TERMS = 30_000

type Counts = Map<string, number>

/** Adds the terms of one segment's live documents, all fields together. */
function countSegment({ segment, deleted }: OpenSegment, byId: Map<string, Counts>): void {
  const counts = new Map<number, Counts>()
  for (const field of segment.shape.fields)
    for (const { term, entry } of segment.termsFrom(field, '')) {
      const postings = segment.postings(entry)
      for (let doc = postings.next(); doc !== END; doc = postings.next()) {
        if (deleted.has(doc)) continue
        const own = counts.get(doc) ?? new Map<string, number>()
        counts.set(doc, own.set(term, (own.get(term) ?? 0) + postings.frequency))
      }
    }
  for (const [doc, own] of counts) byId.set(segment.idOf(doc), own)
}

/**
 * Fits a latent space to the documents of a snapshot, and projects them into it. The order of the segments does not
 * matter. Null: it has none, or more than `maxDocuments`. Memory: some 100 bytes a term of a document, and 4 bytes a
 * dimension of each document and term.
 */
export function fitLatentIndex(
  { segments, snapshot }: OpenSnapshot,
  { dimensions, maxDocuments }: { dimensions: number; maxDocuments: number },
): LatentIndex | null {
  if (snapshot.live === 0 || snapshot.live > maxDocuments) return null
  const byId = new Map<string, Counts>()
  for (const segment of segments) countSegment(segment, byId)
  const ids = [...byId.keys()].sort()
  const counts = ids.map((id) => byId.get(id)!)
  const space = fitLatentSpace(counts, { ...LATENT_OPTIONS, dimensions, maxTerms: MAX_TERMS })
  const rounded = { ...space, vectors: Float32Array.from(space.vectors) }
  const project = latentProjector(rounded)
  const placed = ids.flatMap((id, i) => {
    const vector = project(counts[i]!)
    return vector ? [{ id, vector }] : []
  })
  const vectors = new Float32Array(placed.length * space.dimensions)
  for (const [i, { vector }] of placed.entries()) vectors.set(vector, i * space.dimensions)
  return { space: rounded, ids: placed.map(({ id }) => id), vectors }
}
