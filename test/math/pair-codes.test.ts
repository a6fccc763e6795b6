import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PairCodes } from '../../functions/math/pair-codes.ts'

const code = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))

test('Pairs get the numbers that a map of texts gives them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(code, code), { maxLength: 300 }), (pairs) => {
      const codes = new PairCodes()
      const plain = new Map<string, number>()
      for (const [first, second] of pairs) {
        const text = `${first} ${second}`
        expect(codes.find(first, second)).toBe(plain.get(text) ?? -1)
        if (!plain.has(text)) plain.set(text, plain.size)
        expect(codes.codeOf(first, second)).toBe(plain.get(text))
        expect(codes.find(first, second)).toBe(plain.get(text))
      }
      expect(codes.size).toBe(plain.size)
    }),
  )
})
