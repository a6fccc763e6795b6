/**
 * The assignment of rows to columns of the greatest total weight: the Hungarian method with potentials (Kuhn 1955;
 * Jonker and Volgenant 1987, section 2), O(rows² · columns). `weights` is rows × columns, row-major; −∞ forbids a
 * pair. A row may stay alone, which weighs 0, so a pair of negative weight is never taken. Returns the column of
 * each row, or −1.
 */
export function assign(weights: ArrayLike<number>, rows: number, columns: number): Int32Array {
  // Each row has a column of its own that weighs 0: to stay alone.
  const width = columns + rows
  const cost = (row: number, column: number): number =>
    column < columns
      ? Math.max(-weights[row * columns + column]!, -Number.MAX_VALUE)
      : column - columns === row
        ? 0
        : Number.POSITIVE_INFINITY
  const rowOf = new Int32Array(width + 1).fill(-1)
  const [u, v] = [new Float64Array(rows), new Float64Array(width + 1)]
  const before = new Int32Array(width + 1)
  for (let row = 0; row < rows; row++) {
    const least = new Float64Array(width).fill(Number.POSITIVE_INFINITY)
    const isUsed = new Uint8Array(width + 1)
    let column = width
    rowOf[width] = row
    do {
      isUsed[column] = 1
      const from = rowOf[column]!
      let [delta, next] = [Number.POSITIVE_INFINITY, -1]
      for (let j = 0; j < width; j++) {
        if (isUsed[j]) continue
        const reduced = cost(from, j) - u[from]! - v[j]!
        if (reduced < least[j]!) {
          least[j] = reduced
          before[j] = column
        }
        if (least[j]! < delta) [delta, next] = [least[j]!, j]
      }
      for (let j = 0; j <= width; j++)
        if (isUsed[j]) {
          u[rowOf[j]!]! += delta
          v[j]! -= delta
        } else if (j < width) least[j]! -= delta
      column = next
    } while (rowOf[column] !== -1)
    for (; column !== width; column = before[column]!) rowOf[column] = rowOf[before[column]!]!
  }
  const columnOf = new Int32Array(rows).fill(-1)
  for (let j = 0; j < columns; j++) if (rowOf[j] !== -1) columnOf[rowOf[j]!] = j
  return columnOf
}
