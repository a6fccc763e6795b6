import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/environments.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { formatOf, placeOf } from '../../functions/intake/drop.ts'
import { MAX_LINES } from '../../functions/intake/limits.ts'
import { DAY0_MS } from '../make/events.ts'
import { ARRIVAL_MS, good, scene, takeIn } from './take-in.ts'

/** One bad record between two good ones: set aside, with where it stands, and nothing else lost. */
async function setsAside(bad: string | Buffer, reason: string, detail: RegExp): Promise<void> {
  const before = Buffer.from(`${good()}\n`)
  const body = Buffer.concat([
    before,
    Buffer.from(bad),
    Buffer.from(`\n${good({ eventId: 'e2' })}\n`),
  ])
  const { manifest, setAside, rows } = await takeIn(body)
  expect(manifest).toMatchObject({ read: 3, accepted: 2, quarantined: { [reason]: 1 }, events: 2 })
  expect(rows).toHaveLength(2)
  expect(setAside).toHaveLength(1)
  expect(setAside[0]).toMatchObject({
    reason,
    line: 2,
    byteOffset: before.length,
    length: Buffer.from(bad).length,
  })
  expect(setAside[0]!.detail).toMatch(detail)
}

describe('a record of its producer is none of our own answers', () => {
  test.each([
    ['a text', 'too expensive for Ann'],
    ['the name of a prototype', '__proto__'],
    ['one of our own reasons', 'not_json'],
  ])('with fields called reason and detail is taken in: %s', async (_, reason) => {
    const fields = { reason, detail: 'Ann, of Ashford' }
    const { manifest, setAside } = await takeIn(good(fields))
    expect(manifest).toMatchObject({ read: 1, accepted: 1, quarantined: {}, events: 1 })
    expect(Object.keys(manifest.quarantined)).toEqual([])
    expect(setAside).toEqual([])
  })
})

describe('a bad record is counted and set aside with reason and position', () => {
  test.each([
    ['text that is no JSON', '{"type": impression}', 'not_json', /expected one JSON object/],
    ['JSON that is cut short', good().slice(0, 40), 'not_json', /ends in the middle/],
    ['an array', '[1,2]', 'not_an_object', /got an array/],
    ['null', 'null', 'not_an_object', /got null/],
    [
      'deep nesting',
      `{"context":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      'nested_too_deep',
      /got 5001 levels, expected at most 32/,
    ],
    [
      'a __proto__ key',
      good().replace('"position":1', '"__proto__":{"isAdmin":true}'),
      'forbidden_key',
      /__proto__/,
    ],
    [
      'a __proto__ key in escapes',
      good().replace('"position":1', '"context":{"\\u005f_proto__":1}'),
      'forbidden_key',
      /__proto__/,
    ],
    ['a constructor key', good({ context: { constructor: 'x' } }), 'forbidden_key', /constructor/],
    ['a number where a string belongs', good({ userId: 12 }), 'wrong_type', /userId: got a number/],
    [
      'a string where a number belongs',
      good({ position: 'first' }),
      'wrong_type',
      /position: got a string/,
    ],
    ['a missing field', good({ itemId: undefined }), 'missing_field', /itemId: got nothing/],
    ['a position of zero', good({ position: 0 }), 'out_of_bounds', /position/],
    [
      'an unknown event type',
      good({ type: 'impresion' }),
      'unknown_event_type',
      /got "impresion", expected impression or outcome/,
    ],
    [
      'an unknown outcome',
      good({ type: 'outcome', outcome: 'applause' }),
      'unknown_outcome',
      /got "applause", expected one of click, purchase/,
    ],
    ['no time', good({ timeMs: undefined }), 'missing_time', /expected epoch milliseconds/],
    ['a time as text', good({ timeMs: '2026-01-05' }), 'wrong_type', /timeMs: got a string/],
    ['a time in seconds', good({ timeMs: 1_767_571_200 }), 'time_in_seconds', /looks like seconds/],
    [
      'a time in microseconds',
      good({ timeMs: 1_767_571_200_000_000 }),
      'time_in_microseconds',
      /got 1767571200000000, which looks like microseconds; expected milliseconds/,
    ],
    [
      'a time in nanoseconds',
      good({ timeMs: 1_767_571_200_000_000_000 }),
      'time_in_nanoseconds',
      /looks like nanoseconds; expected milliseconds/,
    ],
    [
      'a time in the year 9999',
      good({ timeMs: 253_402_214_400_000 }),
      'time_out_of_range',
      /expected milliseconds from 1973 to 2100/,
    ],
    ['a negative time', good({ timeMs: -5 }), 'time_out_of_range', /-5/],
    [
      'a time after its arrival',
      good({ timeMs: ARRIVAL_MS + HOUR_MS }),
      'time_in_future',
      /60 minutes after its arrival, expected at most 5/,
    ],
    [
      'a time long before its arrival',
      good({ timeMs: ARRIVAL_MS - 31 * DAY_MS }),
      'too_old',
      /31 days before its arrival, expected at most 30/,
    ],
  ])('%s', (_, bad, reason, detail) => setsAside(bad, reason, detail))

  test('bytes that are no UTF-8, kept as base64', async () => {
    await setsAside(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'not_utf8', /expected UTF-8/)
    const { setAside } = await takeIn(Buffer.from([0x7b, 0xff, 0x7d, 0x0a]))
    expect(setAside[0]).toMatchObject({
      encoding: 'base64',
      record: Buffer.from([0x7b, 0xff, 0x7d]).toString('base64'),
    })
  })

  test('a line of two megabytes, of which only the beginning is kept', async () => {
    await setsAside(
      `{"type":"${'x'.repeat(2 ** 21)}"}`,
      'line_too_long',
      /expected at most 1048576/,
    )
  })

  test('a clock that runs ahead by less than the skew allowed is accepted', async () => {
    const { manifest } = await takeIn(
      good({ timeMs: ARRIVAL_MS + scene.clockSkewMinutes * 60_000 }),
    )
    expect(manifest).toMatchObject({ accepted: 1, quarantined: {} })
  })
})

describe('a broken object', () => {
  const lines = Array.from({ length: 2000 }, (_, n) => good({ eventId: `e${n}` })).join('\n')

  test('that is empty is a drop of no records', async () => {
    const { manifest } = await takeIn('')
    expect(manifest).toMatchObject({
      read: 0,
      accepted: 0,
      events: 0,
      quarantined: {},
      refused: null,
    })
  })

  test('whose gzip is cut short keeps what came before the break', async () => {
    const packed = gzipSync(lines)
    const { manifest, setAside } = await takeIn(packed.subarray(0, packed.length - 600), {
      key: 'raw/feed/events/a.jsonl.gz',
    })
    expect(manifest.accepted).toBeGreaterThan(100)
    expect(manifest.quarantined['truncated_compression']).toBe(1)
    expect(manifest.read).toBe(
      manifest.accepted + Object.values(manifest.quarantined).reduce((a, b) => a + b, 0),
    )
    expect(setAside.find(({ reason }) => reason === 'truncated_compression')!.detail).toMatch(
      /records before it were read/,
    )
  })

  test('whose gzip is cut within a number does not take the rest of it for a whole one', async () => {
    const rows = ['11252.52', '3.50', '11252.52'].map(
      (value, n) => `u1,i${n},${ARRIVAL_MS / 1000 - 60},purchase,${value}`,
    )
    const text = ['USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE', ...rows].join('\n')
    // Stored, not compressed: 8 bytes of trailer, and the last five digits with them.
    const packed = gzipSync(text, { level: 0 })
    const { manifest, rows: taken } = await takeIn(packed.subarray(0, packed.length - 13), {
      key: 'raw/feed/events/format=personalize/a.csv.gz',
    })
    expect(manifest).toMatchObject({
      ...{ read: 3, accepted: 2, quarantined: { truncated_compression: 1 } },
    })
    expect(taken.map(({ value }) => value)).toEqual([11252.52, 3.5])
  })

  test('whose gzip is corrupt says so', async () => {
    const packed = Buffer.from(gzipSync(lines, { level: 1 }))
    packed.fill(0x55, packed.length >> 1, (packed.length >> 1) + 50)
    const { manifest } = await takeIn(packed, { key: 'raw/feed/events/a.jsonl.gz' })
    expect(manifest.quarantined['corrupt_compression']).toBe(1)
  })

  test('that unpacks out of all proportion is not unpacked to its end', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, 0x20))
    const { manifest, setAside } = await takeIn(bomb, { key: 'raw/feed/events/bomb.jsonl.gz' })
    expect(manifest.quarantined['compression_bomb']).toBe(1)
    expect(setAside.find(({ reason }) => reason === 'compression_bomb')!.byteOffset).toBeLessThan(
      40 * 2 ** 20,
    )
  })

  test.each([
    ['plain text', 'gzip', good(), 'x.jsonl.gz'],
    ['zstd', 'gzip', zstdCompressSync(good()), 'x.jsonl.gz'],
    ['gzip', 'zstd', gzipSync(good()), 'x.jsonl.zst'],
  ])(
    'that is %s under a name that promises %s is left alone, and said so',
    async (_, promised, body, name) => {
      const { manifest, raw, setAside } = await takeIn(body, { key: `raw/feed/events/${name}` })
      expect(manifest).toMatchObject({
        read: 1,
        accepted: 0,
        quarantined: { wrong_compression_suffix: 1 },
      })
      expect(setAside[0]!.detail).toMatch(new RegExp(`promises ${promised}.*the raw object stays`))
      expect(raw.contents.size).toBe(1)
    },
  )
})

describe('a drop that cannot be read at all is refused, and its account says why', () => {
  test.each([
    [
      'raw/search/events/a.jsonl',
      'unknown_scene',
      /got the scene "search", expected one of feed, movielens/,
    ],
    [
      'raw/feed/clicks/a.jsonl',
      'unknown_kind',
      /got the kind "clicks", expected events, items, users or documents/,
    ],
    ['raw/a.jsonl', 'bad_key', /not raw\/<scene>\/<kind>\/<name>/],
    ['raw/__proto__/events/a', 'unknown_scene', /__proto__/],
  ])('%s', async (key, reason, detail) => {
    const { manifest, raw, lake } = await takeIn(good(), { key })
    expect(manifest).toMatchObject({ read: 0, refused: { reason } })
    expect(manifest.refused!.detail).toMatch(detail)
    expect(manifest.refused!.detail).toMatch(/nothing of it was read, the raw object stays/)
    expect(raw.contents.size).toBe(1)
    expect(lake.contents.size).toBe(1)
  })

  test('for more bytes than intake reads in its time', () => {
    const key = 'raw/feed/events/large.jsonl'
    const info = { key, bytes: 2 ** 30 + 1, etag: '', versionId: null, modifiedMs: 0, metadata: {} }
    expect(formatOf(info, placeOf(key, { scenes: { feed: scene } }))).toMatchObject({
      reason: 'too_large',
      detail: expect.stringMatching(/split it by lines into 4 objects/),
    })
  })

  test('for more lines than are read in time, however short', async () => {
    const { manifest } = await takeIn('\n'.repeat(MAX_LINES + 1))
    expect(manifest).toMatchObject({
      read: 0,
      accepted: 0,
      files: [],
      refused: { reason: 'too_large' },
    })
    expect(manifest.refused!.detail).toMatch(
      /^it has more than 16777216 lines: split it by lines, and drop that; nothing of it was taken in/,
    )
  })

  test('for records in no order of time, which would become files without number', async () => {
    const hoursBack = (n: number): number => ((n * 7919) % 600) * HOUR_MS
    const lines = Array.from({ length: 40_000 }, (_, n) =>
      good({ eventId: `e${n}`, timeMs: DAY0_MS - hoursBack(n) }),
    )
    const { manifest, raw, lake } = await takeIn(lines.join('\n'), { maxParts: 200 })
    expect(manifest).toMatchObject({ read: 0, accepted: 0, files: [] })
    expect(manifest.refused).toEqual({
      reason: 'too_scattered',
      detail:
        'its records lie in more than 200 files of an hour each: sort it by time, or split it by day, and drop that; nothing of it was taken in, the raw object stays',
    })
    expect(raw.contents.size).toBe(1)
    const ordered = await takeIn(lines.slice(0, 4000).join('\n'), { maxParts: 200 })
    expect(ordered.manifest).toMatchObject({ refused: null, accepted: 4000 })
    expect(lake.contents.size).toBeLessThan(500)
  })

  test('for a format that is not known', async () => {
    const { manifest } = await takeIn(good(), { metadata: { [DROP_METADATA.format]: 'xml' } })
    expect(manifest.refused).toMatchObject({
      reason: 'unknown_format',
      detail: expect.stringMatching(/got "xml", expected one of jsonl, movielens, open-bandit/),
    })
  })
})
