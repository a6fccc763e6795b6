import type { ByteReader, ByteWriter } from '../../core/bytes.ts'

/** Counts by a number from 0 on, in ascending order of the numbers. */
export type Counts = readonly (readonly [number: number, count: number])[]

export function mergeCounts(a: Counts, b: Counts): Counts {
  const merged: (readonly [number, number])[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const left = i < a.length ? a[i]![0] : Infinity
    const right = j < b.length ? b[j]![0] : Infinity
    if (left < right) merged.push(a[i++]!)
    else if (right < left) merged.push(b[j++]!)
    else {
      const count = a[i++]![1] + b[j++]![1]
      if (count !== 0) merged.push([left, count])
    }
  }
  return merged
}
export const negateCounts = (counts: Counts): Counts =>
  counts.map(([number, count]) => [number, -count])
export const hasNoCounts = (counts: Counts): boolean => counts.length === 0

/** Each number as its distance from the one before. */
export function writeCounts(writer: ByteWriter, counts: Counts): void {
  writer.unsigned(counts.length)
  let before = 0
  for (const [number, count] of counts) {
    writer.unsigned(number - before)
    writer.unsigned(count)
    before = number
  }
}
export function readCounts(reader: ByteReader): Counts {
  let number = 0
  return Array.from({ length: reader.unsigned() }, () => {
    number += reader.unsigned()
    return [number, reader.unsigned()] as const
  })
}
