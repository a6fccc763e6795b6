import type { Histories } from './histories.ts'

/** Counts, for one item at a time, the users that each other item shares with it. */
export interface CoOccurrences {
  /** By item. Those that are not in `touched` are 0. */
  counts: Uint32Array
  /** The items with a count, the item itself among them; the first `size` of the array. */
  touched: Uint32Array
  /** Replaces what was counted before. Σ over the item's users of their items. */
  countFor(item: number): number
}

/** 8 bytes an item. */
export function countCoOccurrences(histories: Histories): CoOccurrences {
  const { offsets, targets, itemOffsets, itemUsers } = histories
  const counts = new Uint32Array(itemOffsets.length - 1)
  const touched = new Uint32Array(itemOffsets.length - 1)
  let size = 0
  const countFor = (item: number): number => {
    for (let t = 0; t < size; t++) counts[touched[t]!] = 0
    size = 0
    for (let i = itemOffsets[item]!; i < itemOffsets[item + 1]!; i++) {
      const user = itemUsers[i]!
      for (let e = offsets[user]!; e < offsets[user + 1]!; e++) {
        const other = targets[e]!
        if (counts[other]!++ === 0) touched[size++] = other
      }
    }
    return size
  }
  return { counts, touched, countFor }
}
