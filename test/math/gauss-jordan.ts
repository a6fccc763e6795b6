/** A⁻¹ by elimination with pivots: slow, and nothing in common with Cholesky's decomposition. */
export function invertByElimination(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let c = 0; c < n; c++) {
    let pivot = c
    for (let r = c; r < n; r++) if (Math.abs(rows[r]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = r
    ;[rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!]
    const scale = rows[c]![c]!
    rows[c] = rows[c]!.map((x) => x / scale)
    for (let r = 0; r < n; r++)
      if (r !== c) rows[r] = rows[r]!.map((x, j) => x - rows[r]![c]! * rows[c]![j]!)
  }
  return rows.map((row) => row.slice(n))
}
