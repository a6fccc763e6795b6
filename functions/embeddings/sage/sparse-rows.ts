/** A matrix in compressed sparse rows. */
export interface SparseRows {
  columns: number
  /** rows + 1. */
  offsets: Uint32Array
  indices: Uint32Array
  values: Float32Array
}

/** Rows that are written one after another. */
export function createRowWriter(columns: number): {
  add(index: number, value: number): void
  endRow(): void
  finish(): SparseRows
} {
  const [offsets, indices, values]: [number[], number[], number[]] = [[0], [], []]
  return {
    add(index, value) {
      if (value === 0) return
      indices.push(index)
      values.push(value)
    },
    endRow() {
      offsets.push(indices.length)
    },
    finish: () => ({
      columns,
      offsets: Uint32Array.from(offsets),
      indices: Uint32Array.from(indices),
      values: Float32Array.from(values),
    }),
  }
}
