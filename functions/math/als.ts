/**
 * Alternating least squares for implicit feedback (Hu, Koren & Volinsky 2008, "Collaborative Filtering for
 * Implicit Feedback Datasets", equations 3 to 5). Each pair of a user and an item has a preference of 1 where
 * there is an event and 0 where there is none; an event has the confidence 1 + `confidences`, no event has 1.
 * Each row is solved by a few steps of conjugate gradients from its last value (Takács, Pilászy & Tikk 2011,
 * "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering").
 */

/** One side's events in compressed sparse rows: row r has `targets` from offsets[r] to offsets[r + 1]. */
export interface ConfidenceRows {
  offsets: Uint32Array
  /** Rows of the other side. */
  targets: Uint32Array
  /** c − 1, above 0. */
  confidences: Float32Array
}

/** YᵀY + l2·I of `rows` (… × width, row-major). */
function gramOf(rows: Float64Array, width: number, l2: number): Float64Array {
  const gram = new Float64Array(width * width)
  for (let from = 0; from < rows.length; from += width)
    for (let i = 0; i < width; i++) {
      const factor = rows[from + i]!
      for (let j = 0; j <= i; j++) gram[i * width + j]! += factor * rows[from + j]!
    }
  for (let i = 0; i < width; i++) {
    gram[i * width + i]! += l2
    for (let j = 0; j < i; j++) gram[j * width + i] = gram[i * width + j]!
  }
  return gram
}

/** a[from …] · b, `width` long. Four sums do not wait for each other. */
function dot(a: Float64Array, from: number, b: Float64Array, width: number): number {
  let first = 0
  let second = 0
  let third = 0
  let fourth = 0
  for (let i = 0; i < width; i += 4) {
    first += a[from + i]! * b[i]!
    second += a[from + i + 1]! * b[i + 1]!
    third += a[from + i + 2]! * b[i + 2]!
    fourth += a[from + i + 3]! * b[i + 3]!
  }
  return first + third + (second + fourth)
}

/** into += factor · rows[from …], `into` long. */
function addScaled(into: Float64Array, factor: number, rows: Float64Array, from: number): void {
  for (let i = 0; i < into.length; i++) into[i]! += factor * rows[from + i]!
}

/** The equations of one row: (shared + Σ (c − 1)·y·yᵀ)·x = Σ c·y over its events. */
interface Equations {
  shared: Float64Array
  fixed: Float64Array
  width: number
  rows: ConfidenceRows
}

/** Writes the matrix times `x` into `product`. */
function multiply(
  { shared, fixed, width, rows }: Equations,
  row: number,
  x: Float64Array,
  product: Float64Array,
): void {
  for (let i = 0; i < width; i++) product[i] = dot(shared, i * width, x, width)
  for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) {
    const from = rows.targets[e]! * width
    addScaled(product, rows.confidences[e]! * dot(fixed, from, x, width), fixed, from)
  }
}

/** A residual of this share of the right side, squared, is as good as none. */
const TOLERANCE = 1e-24

/** Improves `x` by conjugate gradients. Each step lowers the loss; `width` steps solve the equations. */
function improve(
  equations: Equations,
  row: number,
  steps: number,
  x: Float64Array,
  [residual, direction, product]: readonly [Float64Array, Float64Array, Float64Array],
): void {
  const { fixed, width, rows } = equations
  residual.fill(0)
  for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++)
    addScaled(residual, 1 + rows.confidences[e]!, fixed, rows.targets[e]! * width)
  const least = TOLERANCE * dot(residual, 0, residual, width)
  multiply(equations, row, x, product)
  addScaled(residual, -1, product, 0)
  direction.set(residual)
  let squares = dot(residual, 0, residual, width)
  for (let step = 0; step < steps && squares > least; step++) {
    multiply(equations, row, direction, product)
    const length = squares / dot(direction, 0, product, width)
    addScaled(x, length, direction, 0)
    addScaled(residual, -length, product, 0)
    const next = dot(residual, 0, residual, width)
    for (let i = 0; i < width; i++) direction[i] = residual[i]! + (next / squares) * direction[i]!
    squares = next
  }
}

/**
 * Half a sweep: lowers the loss by the factors of each row of `solved` (rows × width, its last values), where the
 * other side's factors (`fixed`, … × width) stay as they are. A row without events gets zeros. `width` is a
 * multiple of 4. (steps + 1) · (2 · events + width · rows) · width products.
 */
export function solveFactors(
  rows: ConfidenceRows,
  fixed: Float64Array,
  { width, l2, steps }: { width: number; l2: number; steps: number },
  solved: Float64Array,
): void {
  const equations = { shared: gramOf(fixed, width, l2), fixed, width, rows }
  const scratch = [0, 1, 2].map(() => new Float64Array(width))
  const [residual, direction, product] = scratch as [Float64Array, Float64Array, Float64Array]
  for (let row = 0; row + 1 < rows.offsets.length; row++) {
    const x = solved.subarray(row * width, (row + 1) * width)
    if (rows.offsets[row] === rows.offsets[row + 1]) x.fill(0)
    else improve(equations, row, steps, x, [residual, direction, product])
  }
}

/**
 * The loss that the sweeps lower: Σ c·(p − x·y)² over all pairs, + l2·(‖X‖² + ‖Y‖²). The pairs without
 * events are summed at once: Σ (x·y)² = ⟨XᵀX, YᵀY⟩.
 */
export function implicitLoss(
  rows: ConfidenceRows,
  x: Float64Array,
  y: Float64Array,
  { width, l2 }: { width: number; l2: number },
): number {
  const [xx, yy] = [gramOf(x, width, 0), gramOf(y, width, 0)]
  let loss = dot(xx, 0, yy, width * width)
  for (let i = 0; i < width; i++) loss += l2 * (xx[i * width + i]! + yy[i * width + i]!)
  for (let row = 0; row + 1 < rows.offsets.length; row++)
    for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) {
      const product = dot(x, row * width, y.subarray(rows.targets[e]! * width), width)
      loss += (1 + rows.confidences[e]!) * (1 - product) ** 2 - product ** 2
    }
  return loss
}
