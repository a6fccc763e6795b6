import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import wabt from 'wabt'
import { fillAliasTable } from '../../functions/math/alias.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { SkipGram, type SkipGramShape, skipGramBytes } from '../../functions/math/skip-gram.ts'
import { learnWalk } from '../../functions/math/skip-gram-twin.ts'
import { SKIP_GRAM_WASM } from '../../functions/math/skip-gram-wasm.ts'

const SOURCE = join(import.meta.dirname, '..', '..', 'functions', 'math', 'skip-gram.wat')

/** A kernel with drawn vectors and noise. With a spread of 4, some products are beyond the sigmoid's ends. */
function makeKernel(shape: SkipGramShape, seed: number, spread = 1): SkipGram {
  const kernel = new SkipGram(shape)
  const uniform = seededUniform(seed)
  const { matrices } = kernel
  for (const matrix of [matrices.in, matrices.out])
    for (let node = 0; node < shape.nodes; node++)
      for (let d = 0; d < shape.dimensions; d++)
        matrix[node * matrices.width + d] = spread * (2 * uniform() - 1)
  const weights = Float64Array.from({ length: shape.nodes }, uniform)
  fillAliasTable(matrices.noise, weights)
  return kernel
}

describe('Skip-gram with negative sampling', () => {
  test('The compiled module is what its source compiles to', async () => {
    const { parseWat } = await wabt()
    const parsed = parseWat('skip-gram.wat', readFileSync(SOURCE, 'utf8'), { simd: true })
    const { buffer } = parsed.toBinary({})
    expect(Buffer.from(buffer).toString('base64')).toBe(SKIP_GRAM_WASM)
  })

  test('The kernel and its plain twin give the same bits', () => {
    const shapes = fc.record({
      nodes: fc.integer({ min: 1, max: 12 }),
      dimensions: fc.integer({ min: 1, max: 40 }),
      window: fc.integer({ min: 1, max: 6 }),
      negatives: fc.integer({ min: 1, max: 8 }),
      walkLength: fc.integer({ min: 1, max: 15 }),
    })
    fc.assert(
      fc.property(
        shapes,
        fc.integer(),
        fc.nat(),
        fc.constantFrom(1, 4),
        (shape, seed, start, spread) => {
          const kernel = makeKernel(shape, start, spread)
          const twin = structuredClone(kernel.matrices)
          const uniform = seededUniform(start + 1)
          for (let n = 0; n < 3; n++) {
            const length = 1 + Math.floor(uniform() * shape.walkLength)
            const walk = Uint32Array.from({ length }, () => Math.floor(uniform() * shape.nodes))
            kernel.learn(walk, seed + n, 0.1)
            learnWalk(shape, twin, walk, seed + n, 0.1)
          }
          expect(kernel.matrices.in).toEqual(twin.in)
          expect(kernel.matrices.out).toEqual(twin.out)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('Padding stays zero, and a walk of one node trains nothing', () => {
    const shape = { nodes: 5, dimensions: 10, window: 2, negatives: 5, walkLength: 8 }
    const trained = makeKernel(shape, 3)
    const { matrices } = trained
    const before = matrices.in.slice()
    trained.learn(Uint32Array.of(2), 1, 0.1)
    expect(trained.matrices.in).toEqual(before)
    trained.learn(Uint32Array.of(0, 1, 2, 3, 4), 1, 0.1)
    expect(trained.matrices.in).not.toEqual(before)
    for (let node = 0; node < shape.nodes; node++)
      for (let d = shape.dimensions; d < matrices.width; d++)
        expect(matrices.in[node * matrices.width + d]).toBe(0)
  })

  test('Matrices beyond four gibibytes are refused with their size', () => {
    const shape = { nodes: 9e6, dimensions: 64, window: 5, negatives: 5, walkLength: 40 }
    expect(skipGramBytes(shape)).toBeGreaterThan(2 ** 32)
    expect(() => new SkipGram(shape)).toThrow(/^skip-gram: 9000000 nodes .* at most 4 GiB$/)
  })
})
