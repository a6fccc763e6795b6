import { InvalidInput } from '../../core/errors.ts'
import type { PackedIds } from '../../core/packed-ids.ts'

/** Ids by place. They are decoded one at a time: a table of a million texts would outweigh its bytes. */
export interface IdTable {
  idAt(place: number): string
  /** -1: the id is not in the table. */
  placeOf(id: string): number
}

/** Ids in ascending order of their code units. Throws InvalidInput for one that repeats or has half a pair. */
export function sortIds(ids: readonly string[]): Uint32Array {
  const order = Uint32Array.from(ids.keys()).sort((a, b) =>
    ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : 0,
  )
  for (const [i, at] of order.entries()) {
    const id = ids[at]!
    if (i > 0 && ids[order[i - 1]!] === id)
      throw new InvalidInput(`Vector index: the id ${JSON.stringify(id)} is given twice`)
    if (!id.isWellFormed())
      throw new InvalidInput(
        `Vector index: the id ${JSON.stringify(id)} is not well-formed Unicode, so UTF-8 cannot keep it`,
      )
  }
  return order
}

export function openIds({ ids, offsets }: PackedIds): IdTable {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
  const idAt = (place: number): string => bytes.toString('utf8', offsets[place], offsets[place + 1])
  return {
    idAt,
    placeOf(id) {
      let low = 0
      let high = offsets.length - 1
      while (low < high) {
        const middle = (low + high) >>> 1
        if (idAt(middle) < id) low = middle + 1
        else high = middle
      }
      return low < offsets.length - 1 && idAt(low) === id ? low : -1
    },
  }
}
