import { SKIP_GRAM_WASM } from './skip-gram-wasm.ts'

/** What is used of WebAssembly. Its types come with those of browsers, which this project leaves out. */
interface Memory {
  buffer: ArrayBuffer
}
interface Exports {
  learn(length: number, seed: number, rate: number): void
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Memory: new (size: { initial: number; maximum: number }) => Memory
  Global: new (type: { value: 'i32' | 'f32' | 'f64' }, value: number) => object
  Instance: new (
    module: object,
    imports: Record<string, Record<string, object>>,
  ) => { exports: Exports }
}

export interface SkipGramShape {
  nodes: number
  dimensions: number
  /** Nodes on each side that a node predicts, at most. */
  window: number
  /** What the negatives of a pair count together, in pairs. */
  negatives: number
  /** Nodes of the longest walk. */
  walkLength: number
}
/** Views of the kernel's memory. What is written to them is kept. */
export interface SkipGramMatrices {
  /** nodes × width, row-major; numbers from `dimensions` on stay 0. */
  in: Float32Array
  out: Float32Array
  /** The alias table of the noise distribution (alias.ts): 2 × nodes. Its maker fills it. */
  noise: Uint32Array
  /** Dimensions up to a multiple of 16. */
  width: number
}

const PAGE_BYTES = 65_536
const MOST_PAGES = 65_536
/** A row has a multiple of this many bytes, one line of a processor's cache. */
const LINE_BYTES = 64
const ROWS_OF_A_STEP = 4

const upTo = (bytes: number): number => Math.ceil(bytes / LINE_BYTES) * LINE_BYTES

/**
 * Negatives that the pairs of one node share: at least .6 times those of a pair, as many as fill up its steps
 * together with the positive. Each counts more than 1 accordingly. In the place of 5 there are 3: F1 is the
 * same within .01, and the time two thirds. With 1 or 2, F1 falls by .01 to .07.
 */
export const sharedNegatives = (negatives: number): number =>
  ROWS_OF_A_STEP * Math.ceil((1 + 0.6 * negatives) / ROWS_OF_A_STEP) - 1

/** Where the parts of the memory begin, and its length, in bytes. */
function layOut({ nodes, dimensions, negatives, walkLength }: SkipGramShape) {
  const stride = upTo(4 * dimensions)
  const walk = 0
  const targets = walk + upTo(4 * walkLength)
  const noise = targets + upTo(4 * (1 + sharedNegatives(negatives)))
  const inward = noise + upTo(8 * nodes)
  const out = inward + nodes * stride
  return { walk, targets, noise, inward, out, stride, bytes: out + nodes * stride }
}

/** Bytes of the kernel's memory: about 8 × (dimensions + 1) a node. At most 4 GiB. */
export const skipGramBytes = (shape: SkipGramShape): number => layOut(shape).bytes

let compiled: object | null = null

/**
 * Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed Representations of Words and Phrases",
 * equation 4), one walk at a time, by SIMD. All pairs that predict a node share its negatives, so that their
 * vectors stay in the nearest cache (Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed Memory").
 * Turned down, by micro F1 on 10,000 nodes: one vector of `in` against all nodes around it and 16 negatives (.42
 * instead of .45 after 10 walks a node, .74 instead of .75 after 80), and negatives that four nodes share (.47, .73).
 */
export class SkipGram {
  readonly matrices: SkipGramMatrices
  readonly #walk: Uint32Array
  readonly #learn: Exports['learn']

  /** Throws RangeError where the matrices need more than 4 GiB. */
  constructor(shape: SkipGramShape) {
    const { nodes, window, negatives } = shape
    const at = layOut(shape)
    const pages = Math.ceil(at.bytes / PAGE_BYTES)
    if (pages > MOST_PAGES)
      throw new RangeError(
        `skip-gram: ${nodes} nodes of ${shape.dimensions} dimensions need ${at.bytes} bytes, expected at most 4 GiB`,
      )
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const word = (value: number) => new WebAssembly.Global({ value: 'i32' }, value)
    compiled ??= new WebAssembly.Module(Buffer.from(SKIP_GRAM_WASM, 'base64'))
    const layout = {
      memory,
      ...{ walk: word(at.walk), targets: word(at.targets), noise: word(at.noise) },
      ...{ in: word(at.inward), out: word(at.out), stride: word(at.stride) },
      shared: word(sharedNegatives(negatives)),
      nodes: new WebAssembly.Global({ value: 'f64' }, nodes),
      window: new WebAssembly.Global({ value: 'f64' }, window),
      negatives: new WebAssembly.Global({ value: 'f32' }, negatives),
    }
    this.#learn = new WebAssembly.Instance(compiled, { layout }).exports.learn
    this.#walk = new Uint32Array(memory.buffer, at.walk, shape.walkLength)
    const width = at.stride / 4
    this.matrices = {
      in: new Float32Array(memory.buffer, at.inward, nodes * width),
      out: new Float32Array(memory.buffer, at.out, nodes * width),
      noise: new Uint32Array(memory.buffer, at.noise, 2 * nodes),
      width,
    }
  }

  /** Trains on a walk of node numbers. The seed draws windows and negatives. */
  learn(walk: Uint32Array, seed: number, rate: number): void {
    this.#walk.set(walk)
    this.#learn(walk.length, seed, rate)
  }
}
