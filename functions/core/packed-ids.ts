/** Ids as sections of an artifact: id i is the UTF-8 bytes offsets[i] to offsets[i + 1]. */
export interface PackedIds {
  ids: Uint8Array
  /** One more than there are ids. */
  offsets: Uint32Array
}

export function packIds(ids: readonly string[]): PackedIds {
  const offsets = new Uint32Array(ids.length + 1)
  for (const [i, id] of ids.entries()) offsets[i + 1] = offsets[i]! + Buffer.byteLength(id)
  const bytes = Buffer.alloc(offsets[ids.length]!)
  for (const [i, id] of ids.entries()) bytes.write(id, offsets[i]!)
  return { ids: bytes, offsets }
}

export function unpackIds({ ids, offsets }: PackedIds): string[] {
  const decoder = new TextDecoder()
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    decoder.decode(ids.subarray(offsets[i]!, offsets[i + 1]!)),
  )
}
