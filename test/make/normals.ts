import { seededUniform } from '../../functions/math/random.ts'

/** Independent draws from the standard normal distribution (Box and Muller 1958). */
export function normals(length: number, seed: number): Float64Array {
  const draw = seededUniform(seed)
  return Float64Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()),
  )
}

/** A random orthogonal matrix, n × n, by Gram and Schmidt, which no product code uses. */
export function orthogonal(n: number, seed: number): Float64Array {
  const rows = normals(n * n, seed)
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * n, (i + 1) * n)
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < i; k++) {
        const other = rows.subarray(k * n, (k + 1) * n)
        const along = row.reduce((sum, value, at) => sum + value * other[at]!, 0)
        for (let at = 0; at < n; at++) row[at]! -= along * other[at]!
      }
    const length = Math.hypot(...row)
    for (let at = 0; at < n; at++) row[at]! /= length
  }
  return rows
}
