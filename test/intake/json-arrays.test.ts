import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { ArrayCutter } from '../../functions/intake/json-array.ts'
import { MAX_LINE_BYTES } from '../../functions/intake/limits.ts'
import { DAY0_MS } from '../make/events.ts'
import { contentsOf, good, takeIn } from './take-in.ts'

const records = (count: number) =>
  Array.from({ length: count }, (_, n) => JSON.parse(good({ eventId: `e${n}`, itemId: `i${n}` })))
const mapping = mappingSchema.parse({
  layout: 'json-lines',
  time: { column: 'ts', unit: 'seconds' },
  user: 'user.id',
  item: 'item',
  label: { column: 'clicked', positive: ['1'] },
})
const mapped = (body: Uint8Array | string) =>
  takeIn(body, {
    metadata: { [DROP_METADATA.format]: 'csv' },
    logs: { mappings: { shop: mapping } },
  })
const view = (n: number, fields: object = {}) => ({
  ...{ ts: DAY0_MS / 1000 + n, user: { id: `u${n}` }, item: `i${n}`, clicked: n % 2, ...fields },
})
const clean = ({ rows }: Awaited<ReturnType<typeof takeIn>>) =>
  rows.map(({ timeMs, user, item, type }) => [timeMs, user, item, type])

/** The texts of all elements of an array that comes in chunks of `size` bytes. */
function cutAll(text: string, size: number) {
  const bytes = Buffer.from(text)
  const cutter = new ArrayCutter()
  const texts: string[] = []
  const take = ({ lines, broken }: ReturnType<ArrayCutter['cut']>) => {
    for (const line of lines) {
      const own = bytes.subarray(line.byteOffset, line.byteOffset + line.length)
      expect(line.bytes.equals(own)).toBe(true)
      texts.push(line.bytes.toString())
    }
    return broken
  }
  for (let at = 0; at < bytes.length; at += size) {
    const broken = take(cutter.cut(bytes.subarray(at, at + size)))
    if (broken) return { texts, broken }
  }
  return { texts, broken: take(cutter.end()) }
}

describe('JSON arrays of records', () => {
  test.each<[string, (text: string) => Uint8Array | string]>([
    ['plain', (text) => text],
    ['with a byte order mark', (text) => `\ufeff${text}`],
    ['in gzip', (text) => gzipSync(text)],
    ['in zstd', (text) => zstdCompressSync(text)],
  ])('A JSON array is read like JSON Lines of its elements, %s', async (_, pack) => {
    const all = records(300)
    const asLines = await takeIn(all.map((each) => JSON.stringify(each)).join('\n'))
    for (const indent of [0, 1, 4]) {
      const { manifest, ...rest } = await takeIn(pack(JSON.stringify(all, null, indent)))
      expect(manifest).toMatchObject({ read: 300, accepted: 300, quarantined: {}, refused: null })
      expect(contentsOf(rest.lake)).toMatchObject(
        Object.fromEntries(
          Object.entries(contentsOf(asLines.lake)).filter(([key]) => key.startsWith('clean/')),
        ),
      )
    }
  })

  test('A mapping reads a JSON array with any field names', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => view(n))
    const asLines = await mapped(rows.map((row) => JSON.stringify(row)).join('\n'))
    const array = await mapped(JSON.stringify(rows))
    expect(array.manifest).toMatchObject({ read: 40, accepted: 40, events: 60 })
    expect(clean(array)).toEqual(clean(asLines))
  })

  test('A JSON array keeps every digit of an integer', async () => {
    const ids = ['9007199254740993', '9007199254740992']
    const array = ids.map((id) => JSON.stringify(view(0)).replace('"i0"', id))
    const { rows } = await mapped(`[${array.join(', ')}]`)
    expect(rows.map(({ item }) => item)).toEqual(ids)
  })

  test('A drop may hold an empty array or several arrays in sequence', async () => {
    expect((await takeIn('[]\n')).manifest).toMatchObject({ read: 0, refused: null })
    const two = `${JSON.stringify(records(2))}\n${JSON.stringify(records(2))}`
    expect((await takeIn(two)).manifest).toMatchObject({ read: 4, accepted: 4 })
  })

  test('Flawed array elements are quarantined with line, byte and text', async () => {
    const [first, second, third] = records(3)
    const body = `[\n${JSON.stringify(first)},\n{"type": "impression"},\n7,\n${JSON.stringify(second)}\n, {"a":NaN}, ${JSON.stringify(third)}]`
    const { manifest, setAside } = await takeIn(body)
    expect(manifest).toMatchObject({
      ...{ read: 6, accepted: 3 },
      quarantined: { missing_time: 1, not_an_object: 1, not_json: 1 },
    })
    for (const { byteOffset, length, record } of setAside)
      expect(body.slice(byteOffset, byteOffset + length)).toBe(record)
    expect(setAside.map(({ line, record }) => [line, record])).toEqual([
      [3, '{"type": "impression"}'],
      [4, '7'],
      [6, '{"a":NaN}'],
    ])
  })

  test('Only the array element that is too long is quarantined', async () => {
    const [first, second] = records(2)
    const long = { ...first, context: { text: 'x'.repeat(MAX_LINE_BYTES) } }
    const { manifest, setAside } = await takeIn(JSON.stringify([first, long, second]))
    expect(manifest).toMatchObject({ read: 3, accepted: 2, quarantined: { line_too_long: 1 } })
    expect(setAside[0]!.length).toBe(JSON.stringify(long).length)
  })

  test.each([
    [
      'is cut within an element',
      (text: string) => text.slice(0, -40),
      9,
      /after 9 whole .* truncated;/,
    ],
    [
      'is cut after an element',
      (text: string) => text.slice(0, -1),
      10,
      /after 10 .* it is truncated;/,
    ],
    ['lacks an element', (text: string) => text.replace('},{', '},,{'), 1, /is not an element;/],
    ['ends with a comma', (text: string) => text.replace(/\]$/, ',]'), 10, /is not an element;/],
    ['is followed by text', (text: string) => `${text} end`, 10, /not the end, or another array;/],
  ])('A JSON array that %s keeps its earlier elements', async (_, damage, accepted, says) => {
    const { manifest, setAside } = await takeIn(damage(JSON.stringify(records(10))))
    expect(manifest).toMatchObject({
      ...{ accepted, read: accepted + 1, quarantined: { broken_array: 1 }, refused: null },
    })
    expect(setAside[0]!.detail).toMatch(says)
  })

  test('A JSON array in a broken gzip keeps its earlier elements', async () => {
    const packed = gzipSync(JSON.stringify(records(20_000)))
    const { manifest } = await takeIn(packed.subarray(0, packed.length / 2))
    expect(manifest.quarantined).toEqual({ truncated_compression: 1 })
    expect(manifest.accepted).toBeGreaterThan(1000)
    expect(manifest.read).toBe(manifest.accepted + 1)
  })

  test('A JSON array declared as another format is refused with suitable formats', async () => {
    const { manifest } = await takeIn(JSON.stringify(records(3)), {
      metadata: { [DROP_METADATA.format]: 'access-log' },
    })
    expect(manifest.refused).toMatchObject({
      reason: 'wrong_format',
      detail: expect.stringMatching(/got one JSON array, .* format jsonl, or csv with a mapping/),
    })
  })
})

describe('Array cutting', () => {
  const value = fc.json({ maxDepth: 3 })
  const blank = fc.stringMatching(/^[ \t\r\n]{0,3}$/)

  test('Cutting an array returns every element, whatever its chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(blank, value, blank), { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (elements, size) => {
          const { texts, broken } = cutAll(
            `[${elements.map((parts) => parts.join('')).join(',')}]`,
            size,
          )
          expect(broken).toBeNull()
          expect(texts.map((text) => JSON.parse(text))).toEqual(
            elements.map(([, text]) => JSON.parse(text)),
          )
        },
      ),
    )
  })

  test('Chunk borders do not change how a damaged array is cut', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 6 }),
        fc.nat(),
        fc.constantFrom('"', '[', ']', '{', '}', ',', '\\', 'x', ''),
        fc.integer({ min: 1, max: 40 }),
        (elements, at, sign, size) => {
          const text = `[${elements.join(',')}]`
          const place = 1 + (at % text.length)
          const damaged = `${text.slice(0, place)}${sign}${text.slice(place + 1)}`
          expect(cutAll(damaged, size)).toEqual(cutAll(damaged, damaged.length + 1))
        },
      ),
    )
  })
})
