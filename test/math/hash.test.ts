import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { murmur3, murmur3Bytes, shardsMeet, unitInterval } from '../../functions/math/hash.ts'

/** MurmurHash3_x86_32 over bytes, written out from Appleby's reference in C, tail cases included. */
function reference(bytes: Uint8Array, seed: number): number {
  const rotate = (x: number, r: number) => (x << r) | (x >>> (32 - r))
  const scramble = (k: number) => Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593)
  let hash = seed
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks = bytes.length >> 2
  for (let i = 0; i < blocks; i++)
    hash = (Math.imul(rotate(hash ^ scramble(view.getUint32(4 * i, true)), 13), 5) + 0xe6546b64) | 0
  let tail = 0
  for (let i = bytes.length - 1; i >= 4 * blocks; i--) tail = (tail << 8) | bytes[i]!
  if (bytes.length & 3) hash ^= scramble(tail)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

describe('murmur3', () => {
  test('The reference murmur3 gives the published vectors', () => {
    const of = (text: string, seed: number) => reference(new TextEncoder().encode(text), seed)
    expect(of('', 0)).toBe(0)
    expect(of('', 1)).toBe(0x514e28b7)
    expect(of('', 0xffffffff)).toBe(0x81f16f39)
    expect(of('test', 0x9747b28c)).toBe(0x704b81dc)
    expect(of('Hello, world!', 0x9747b28c)).toBe(0x24884cba)
    expect(of('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd)
  })

  test('The hash of bytes equals the reference', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(8), (bytes, from) => {
        const start = Math.min(from, bytes.length)
        expect(murmur3Bytes(bytes, start)).toBe(reference(Buffer.from(bytes.subarray(start)), 0))
      }),
    )
  })

  test('The hash murmur3 equals the reference on the code units of strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        expect(murmur3(text, seed)).toBe(reference(Buffer.from(text, 'utf16le'), seed))
      }),
    )
  })

  test('The hash murmur3 spreads names evenly over the unit interval', () => {
    const n = 20_000
    const values = Array.from({ length: n }, (_, i) => unitInterval(`name-${i}`, 3))
    const mean = values.reduce((a, b) => a + b) / n
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n))
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003)
  })
})

describe('Shards of two counts', () => {
  test('Two shards overlap only where one hash gives both remainders', () => {
    const count = fc.integer({ min: 1, max: 24 })
    fc.assert(
      fc.property(count, count, (a, b) => {
        const met = new Set<string>()
        for (let hash = 0; hash < a * b; hash++) met.add(`${hash % a} ${hash % b}`)
        for (let n = 0; n < a; n++)
          for (let m = 0; m < b; m++)
            expect(shardsMeet({ shard: n, shards: a }, { shard: m, shards: b })).toBe(
              met.has(`${n} ${m}`),
            )
      }),
    )
  })
})
