import { singularValues } from './svd.ts'

/** The covariance of rows (n × dimensions, row-major): dimensions × dimensions. */
export function covarianceOf(rows: Float32Array, dimensions: number): Float64Array {
  const count = rows.length / dimensions
  const mean = new Float64Array(dimensions)
  for (let at = 0; at < rows.length; at++) mean[at % dimensions]! += rows[at]! / count
  const covariance = new Float64Array(dimensions * dimensions)
  const centred = new Float64Array(dimensions)
  for (let from = 0; from < rows.length; from += dimensions) {
    for (let i = 0; i < dimensions; i++) centred[i] = rows[from + i]! - mean[i]!
    for (let i = 0; i < dimensions; i++)
      for (let j = i; j < dimensions; j++)
        covariance[i * dimensions + j]! += (centred[i]! * centred[j]!) / count
  }
  for (let i = 0; i < dimensions; i++)
    for (let j = 0; j < i; j++) covariance[i * dimensions + j] = covariance[j * dimensions + i]!
  return covariance
}

/**
 * The first principal components of rows (n × dimensions, row-major) as columns: dimensions × components (Pearson
 * 1901; Jolliffe, Principal Component Analysis, section 1.1). The number of greatest size in each column is
 * positive, so that equal rows give equal signs. All numbers must be finite.
 */
export function principalComponents(
  rows: Float32Array,
  dimensions: number,
  components: number,
): Float64Array {
  // A covariance is symmetric and has no negative eigenvalue: its singular vectors are its eigenvectors.
  const { u } = singularValues(covarianceOf(rows, dimensions), dimensions)
  const columns = new Float64Array(dimensions * components)
  for (let j = 0; j < components; j++) {
    let largest = 0
    for (let i = 0; i < dimensions; i++) {
      const value = u[i * dimensions + j]!
      if (Math.abs(value) > Math.abs(largest) + 1e-12) largest = value
    }
    const sign = largest < 0 ? -1 : 1
    for (let i = 0; i < dimensions; i++) columns[i * components + j] = sign * u[i * dimensions + j]!
  }
  return columns
}
