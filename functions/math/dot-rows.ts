import { DOT_ROWS_WASM } from './dot-rows-wasm.ts'

/** What is used of WebAssembly. Its types come with those of browsers, which this project leaves out. */
interface Exports {
  memory: { buffer: ArrayBuffer; grow(pages: number): number }
  dotRows(query: number, row: number, bytes: number, count: number, score: number): void
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: Exports }
}

let compiled: object | null = null
const instantiate = (): Exports => {
  compiled ??= new WebAssembly.Module(Buffer.from(DOT_ROWS_WASM, 'base64'))
  return new WebAssembly.Instance(compiled).exports
}

const PAGE_BYTES = 65_536
/** The kernel works on four rows at a time, and reads and writes past the last one. */
const SPARE = 3
const multipleOfFour = (n: number): number => Math.ceil(n / 4) * 4

/**
 * A matrix that finds the dot products of a query with its rows by SIMD: 4 × rows × dimensions bytes, in a
 * WebAssembly memory of its own (at most 4 GiB; throws RangeError beyond). All numbers are f32.
 */
export class RowMatrix {
  readonly rows: number
  readonly dimensions: number
  /** Dimensions up to a multiple of four; the rest of a row is zeros. */
  readonly #width: number
  readonly #numbers: Float32Array
  readonly #query: Float32Array
  readonly #scores: Float32Array
  readonly #kernel: Exports['dotRows']

  constructor(rows: number, dimensions: number) {
    const { memory, dotRows } = instantiate()
    this.rows = rows
    this.dimensions = dimensions
    this.#width = Math.max(4, multipleOfFour(dimensions))
    this.#kernel = dotRows
    const rowsAt = this.#width
    const scoresAt = rowsAt + (rows + SPARE) * this.#width
    const numbers = scoresAt + multipleOfFour(rows + SPARE)
    memory.grow(Math.ceil((4 * numbers) / PAGE_BYTES))
    const all = new Float32Array(memory.buffer)
    this.#query = all.subarray(0, dimensions)
    this.#numbers = all.subarray(rowsAt, scoresAt)
    this.#scores = all.subarray(scoresAt, numbers)
  }

  /** A view of one row. What is written to it is kept. */
  row(place: number): Float32Array {
    const from = place * this.#width
    return this.#numbers.subarray(from, from + this.dimensions)
  }

  /**
   * The dot products of `query` (dimensions long) with the rows from `from` to `to`: a view that the next
   * call overwrites.
   */
  scoresOf(query: ArrayLike<number>, from = 0, to = this.rows): Float32Array {
    this.#query.set(query)
    const row = this.#numbers.byteOffset + 4 * from * this.#width
    const { byteOffset } = this.#scores
    this.#kernel(this.#query.byteOffset, row, 4 * this.#width, to - from, byteOffset)
    return this.#scores.subarray(0, to - from)
  }

  /** The row with the greatest dot product; of equal ones, the first. -1 where there are no rows. */
  nearestTo(query: ArrayLike<number>): number {
    const scores = this.scoresOf(query)
    let best = -1
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < scores.length; i++)
      if (scores[i]! > most) {
        most = scores[i]!
        best = i
      }
    return best
  }
}

/** A matrix of rows × dimensions numbers, row-major. */
export function rowMatrix(numbers: Float32Array, dimensions: number): RowMatrix {
  const matrix = new RowMatrix(numbers.length / dimensions, dimensions)
  for (let i = 0; i < matrix.rows; i++)
    matrix.row(i).set(numbers.subarray(i * dimensions, (i + 1) * dimensions))
  return matrix
}

/**
 * The dot product as the kernel computes it, bit by bit: four sums in f32, each of every fourth product,
 * then (0 + 2) + (1 + 3). Both vectors are f32 and of one length.
 */
export function dotOf(a: Float32Array, b: Float32Array): number {
  const sums = new Float32Array(4)
  for (let i = 0; i < a.length; i++) sums[i % 4] = sums[i % 4]! + Math.fround(a[i]! * b[i]!)
  return Math.fround(Math.fround(sums[0]! + sums[2]!) + Math.fround(sums[1]! + sums[3]!))
}
