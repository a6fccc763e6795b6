import type { KeyCursor } from './key-blocks.ts'

/** What has sorted keys to merge. */
export interface KeySource {
  readonly keys: KeyCursor
  next(): boolean
}

/**
 * Yields, in the order of keys, the places of the sources that have the next key. They start from it until
 * the next group. The group is one array, used again. Linear in the sources for each key: merges have few.
 */
export function* mergeKeys(sources: readonly KeySource[]): Generator<readonly number[]> {
  const group: number[] = []
  const left = new Set(sources.keys())
  for (const place of left) if (!sources[place]!.next()) left.delete(place)
  while (left.size > 0) {
    group.length = 0
    for (const place of left) {
      const first = group.length > 0 ? sources[group[0]!]!.keys : null
      const order = first ? sources[place]!.keys.compare(first.key, first.length) : 0
      if (order < 0) group.length = 0
      if (order <= 0) group.push(place)
    }
    yield group
    for (const place of group) if (!sources[place]!.next()) left.delete(place)
  }
}
