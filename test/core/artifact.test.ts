import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeModel, encodeModel } from '../../functions/core/artifact.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'

const header = {
  kind: 'logistic' as const,
  scene: 'feed',
  version: 'full-20260106-00000000',
  parent: null,
  deltaOf: null,
  hashBits: 10,
  factors: 0,
  features: [{ name: 'a' }],
  hyperparameters: { alpha: 0.1 },
  codeDigest: 'c',
  configurationDigest: 'd',
  manifestDigest: 'm',
  deterministic: true,
  rowsSeen: 3,
}
const encoded = encodeModel(header, {
  slots: Uint32Array.of(1, 5, 9),
  weights: Float32Array.of(0.5, -1, 2),
  state: Float64Array.of(Math.PI),
})

describe('The model.qmm format', () => {
  test('An artifact reads back as it was written, with any sections', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
        fc.array(fc.float()),
        fc.string(),
        (slots, weights, scene) => {
          const sections = { slots: Uint32Array.from(slots), weights: Float32Array.from(weights) }
          const { header: found, sections: read } = decodeModel(
            encodeModel({ ...header, scene }, sections),
          )
          expect(found).toMatchObject({ ...header, scene })
          expect(read).toEqual(sections)
        },
      ),
    )
  })

  test('The same model gives the same bytes in any header order', () => {
    const reversed = Object.fromEntries(Object.entries(header).reverse()) as typeof header
    expect(encodeModel(reversed, { slots: Uint32Array.of(1) })).toEqual(
      encodeModel(header, { slots: Uint32Array.of(1) }),
    )
  })

  test('An artifact can be read from a buffer at any offset', () => {
    for (const offset of [1, 3, 8]) {
      const within = Buffer.alloc(encoded.length + 16)
      within.set(encoded, offset)
      expect(
        decodeModel(within.subarray(offset, offset + encoded.length)).sections['weights'],
      ).toEqual(Float32Array.of(0.5, -1, 2))
    }
  })

  test('An artifact starts with magic and version and ends with SHA-256', () => {
    expect(Buffer.from(encoded.subarray(0, 8)).toString('latin1')).toBe('QMMODEL\0')
    expect(new DataView(encoded.buffer).getUint32(8, true)).toBe(1)
    expect((encoded.length - 32) % 8).toBe(0)
  })

  test.each([
    [
      'another magic',
      (bytes: Uint8Array) => bytes.fill(65, 0, 4),
      /got magic "AAAADEL.*expected "QMMODEL/,
    ],
    [
      'another format version',
      (bytes: Uint8Array) => bytes.fill(9, 8, 9),
      /got format version 9, expected version 1/,
    ],
    [
      'one changed byte',
      (bytes: Uint8Array) => bytes.fill(0xee, bytes.length - 60, bytes.length - 59),
      /checksum that differs/,
    ],
    [
      'a cut end',
      (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 8),
      /truncated or changed/,
    ],
    [
      'a header of another kind of model',
      () => encodeModel({ ...header, kind: 'forest' as never }, {}),
      /^model.qmm: its header is invalid: kind: Invalid option/,
    ],
    [
      'a section that is longer than the file',
      () => {
        const text = Buffer.from(encoded).toString('latin1').replace('"length":3', '"length":9')
        const body = Buffer.from(text, 'latin1').subarray(0, -32)
        return Buffer.concat([body, createHash('sha256').update(body).digest()])
      },
      /^model.qmm: got a section weights of 3 f32, expected one that ends before the checksum/,
    ],
    ['nothing', () => new Uint8Array(3), /got 3 bytes, expected at least 48/],
  ])('An artifact with %s gives an error with found and expected values', (_, spoil, sentence) => {
    const spoiled = spoil(Uint8Array.from(encoded))
    expect(() => decodeModel(spoiled, 'model.qmm')).toThrow(CorruptArtifact)
    expect(() => decodeModel(spoiled, 'model.qmm')).toThrow(sentence)
  })
})
