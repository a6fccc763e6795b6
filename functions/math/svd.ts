/** A = U·diag(s)·Vᵀ of an n × n matrix, all matrices row-major. */
export interface Svd {
  /** n × n: column j belongs to the j-th singular value. */
  u: Float64Array
  /** n, descending. */
  s: Float64Array
  /** n × n. */
  v: Float64Array
}

/** Convergence is quadratic: ten sweeps are usual, and a matrix that needs more has no finite numbers. */
const MAX_SWEEPS = 40
/** Columns count as orthogonal when the cosine between them is below this. */
const PRECISION = 1e-15

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function rotate(p: Float64Array, q: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i]!, q[i]!]
    p[i] = cosine * a - sine * b
    q[i] = sine * a + cosine * b
  }
}

const identityColumns = (n: number): Float64Array[] =>
  Array.from({ length: n }, (_, j) => {
    const column = new Float64Array(n)
    column[j] = 1
    return column
  })

/** Makes two columns orthogonal. Returns whether they were not. */
function orthogonalize(columns: Float64Array[], v: Float64Array[], i: number, j: number): boolean {
  const [p, q] = [columns[i]!, columns[j]!]
  const [pp, qq, pq] = [dot(p, p), dot(q, q), dot(p, q)]
  if (Math.abs(pq) <= PRECISION * Math.sqrt(pp * qq)) return false
  const zeta = (qq - pp) / (2 * pq)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
  const cosine = 1 / Math.sqrt(1 + tangent * tangent)
  rotate(p, q, cosine, cosine * tangent)
  rotate(v[i]!, v[j]!, cosine, cosine * tangent)
  return true
}

/** A unit vector that is orthogonal to the given ones: of the axes, the one with the most left over. */
function missingDirection(known: readonly Float64Array[], n: number): Float64Array {
  let best: Float64Array = new Float64Array(n)
  let length = -1
  for (const axis of identityColumns(n)) {
    // Twice is enough (Kahan; Parlett 1998, section 6.9).
    for (let pass = 0; pass < 2; pass++)
      for (const column of known) {
        const along = dot(axis, column)
        for (let i = 0; i < n; i++) axis[i]! -= along * column[i]!
      }
    const left = Math.sqrt(dot(axis, axis))
    if (left <= length) continue
    length = left
    best = axis
    if (left > 0.5) break
  }
  return best.map((value) => value / length)
}

/** Columns as a row-major matrix. */
function matrixOf(columns: readonly Float64Array[], n: number): Float64Array {
  const matrix = new Float64Array(n * n)
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) matrix[i * n + j] = columns[j]![i]!
  return matrix
}

/**
 * The singular value decomposition of a square matrix (n × n, row-major), by one-sided Jacobi rotations
 * (Hestenes 1958; Golub and Van Loan, Matrix Computations, 4th edition, section 8.6.3). U and V are orthogonal
 * even where A is singular. O(n³) a sweep: n = 256 takes about a second. All numbers must be finite.
 */
export function singularValues(a: Float64Array, n: number): Svd {
  const columns = Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: n }, (_, i) => a[i * n + j]!),
  )
  const v = identityColumns(n)
  for (let sweep = 0, isDone = false; !isDone && sweep < MAX_SWEEPS; sweep++) {
    isDone = true
    for (let i = 0; i < n - 1; i++)
      for (let j = i + 1; j < n; j++) if (orthogonalize(columns, v, i, j)) isDone = false
  }
  const norms = columns.map((column) => Math.sqrt(dot(column, column)))
  const order = norms.map((_, j) => j).sort((i, j) => norms[j]! - norms[i]! || i - j)
  const s = Float64Array.from(order, (j) => norms[j]!)
  const least = (s[0] ?? 0) * n * Number.EPSILON
  const u: Float64Array[] = []
  for (const j of order)
    u.push(
      norms[j]! > least ? columns[j]!.map((value) => value / norms[j]!) : missingDirection(u, n),
    )
  return {
    u: matrixOf(u, n),
    s,
    v: matrixOf(
      order.map((j) => v[j]!),
      n,
    ),
  }
}
