import { searchSegmentKey } from '../contract/keys.ts'
import type { SearchSnapshot } from '../contract/search-index.ts'
import { readEach } from '../core/read-each.ts'
import { flipSnapshot, openPointed, putSegment, type WriterPorts } from './add-documents.ts'
import { chooseMerge } from './merge-policy.ts'
import { mergeSegments } from './segment/merge-segments.ts'
import type { SegmentShape } from './segment/types.ts'
import { loadPointer } from './state.ts'

/** Merges that one call makes at most: later drops continue. */
const MAX_MERGES = 8

/**
 * Merges segments until no level is full. Which documents are found, and their scores, stay the same.
 * A writer that comes first makes this one choose again. Returns the number of merges.
 */
export async function mergeLevels(
  ports: WriterPorts,
  generation: string,
  shape: SegmentShape,
): Promise<number> {
  const { models, online, scene } = ports
  let merges = 0
  for (let attempt = 0; attempt < MAX_MERGES; attempt++) {
    const pointer = await loadPointer(online, scene, generation)
    const { snapshot, segments } = await openPointed(ports, generation, pointer)
    const chosen = chooseMerge(snapshot.segments)
    if (!pointer || !chosen) return merges
    const parts = await readEach(chosen, async (place) => {
      const { entry, segment, deleted } = segments[place]!
      const key = searchSegmentKey(scene, generation, entry.digest, 'documents')
      return { segment, deleted, documents: await models.get(key) }
    })
    const merged = await putSegment(ports, generation, mergeSegments(shape, parts))
    const [first] = chosen
    const next: SearchSnapshot = {
      ...snapshot,
      n: snapshot.n + 1,
      segments: snapshot.segments.flatMap((entry, place) =>
        place === first && merged.count > 0 ? [merged] : chosen.includes(place) ? [] : [entry],
      ),
    }
    if (await flipSnapshot(ports, pointer, next)) merges++
  }
  return merges
}
