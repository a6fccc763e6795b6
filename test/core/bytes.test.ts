import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createByteReader, createByteWriter } from '../../functions/core/bytes.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'

const unsigned = fc.oneof(fc.nat(300), fc.maxSafeNat())
const signed = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }),
)

describe('Sequences of bytes', () => {
  test('A reader reads what a writer wrote', () => {
    const texts = fc.string({ unit: 'binary' }).map((text) => `\ufeff${text.toWellFormed()}`)
    const written = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('unsigned' as const), value: unsigned }),
        fc.record({ kind: fc.constant('signed' as const), value: signed }),
        fc.record({ kind: fc.constant('integer' as const), value: fc.bigInt() }),
        fc.record({ kind: fc.constant('text' as const), value: texts }),
        fc.record({ kind: fc.constant('byte' as const), value: fc.nat(255) }),
      ),
    )
    fc.assert(
      fc.property(written, (values) => {
        const writer = createByteWriter()
        for (const { kind, value } of values) (writer[kind] as (one: typeof value) => void)(value)
        const bytes = writer.finish()
        expect(bytes.length).toBe(writer.length)
        const reader = createByteReader(bytes, 'the bytes')
        expect(values.map(({ kind }) => reader[kind]())).toEqual(values.map(({ value }) => value))
        expect(reader.left).toBe(0)
      }),
    )
  })

  test('A small integer has the same bytes as number and as bigint', () => {
    fc.assert(
      fc.property(signed, (value) => {
        const [number, bigint] = [createByteWriter(), createByteWriter()]
        number.signed(value)
        bigint.integer(BigInt(value))
        expect(bigint.finish()).toEqual(number.finish())
      }),
    )
  })

  test('Bytes that end early are refused, and so are too large integers', () => {
    const read = (bytes: number[]) => createByteReader(Uint8Array.from(bytes), 'feed ring')
    expect(() => read([128]).unsigned()).toThrow('feed ring: ends after 1 bytes, expected more')
    expect(() => read([3, 65]).text()).toThrow(CorruptArtifact)
    expect(() => read([]).byte()).toThrow(CorruptArtifact)
    expect(read([255, 255, 255, 255, 255, 255, 255, 15]).unsigned()).toBe(2 ** 53 - 1)
    for (const last of [16, 127])
      expect(() => read([255, 255, 255, 255, 255, 255, 255, last]).unsigned()).toThrow(
        'more than 53 bits',
      )
  })
})
