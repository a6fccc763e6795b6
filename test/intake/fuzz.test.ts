import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import type { Logs } from '../../functions/contract/logs.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { ADAPTERS, type Format } from '../../functions/intake/adapters/formats.ts'
import { DAY0_MS } from '../make/events.ts'
import { snowplowLine } from './snowplow-line.ts'
import { contentsOf, good, takeIn } from './take-in.ts'

const seconds = DAY0_MS / 1000 + 60
const mapping = mappingSchema.parse({
  time: { column: 'ts', unit: 'seconds' },
  user: 'user',
  item: ['shop', 'sku'],
  event: { column: 'event', impressions: ['view'], outcomes: { buy: 'purchase' } },
  value: 'price',
  position: { column: 'rank' },
  context: { device: 'device' },
  itemAttributes: { category: 'category' },
  listSeparator: '|',
})

/** A sound log of each format, line by line: what the mutations begin from. */
const SOUND: Readonly<Record<Format, readonly string[]>> = {
  jsonl: [
    good(),
    good({ eventId: 'e2', context: { device: 'phone', tags: ['a', 'b'] } }),
    good({ type: 'outcome', outcome: 'click', value: 2, eventId: 'e3' }),
  ],
  movielens: [
    'user_id:token\titem_id:token\trating:float\ttimestamp:float',
    `1\t2\t4.0\t${seconds}`,
    `3\t4\t1.5\t${seconds + 5}`,
  ],
  'open-bandit': [
    ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1',
    '0,2026-01-05 00:01:00+00:00,14,3,0,0.0625,aa,bb',
    '1,2026-01-05 00:02:00+00:00,27,1,1,0.25,aa,cc',
  ],
  personalize: [
    'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,IMPRESSION,DEVICE',
    `u1,i2,${seconds},click,,i1|i2|i3,phone`,
    `u2,i1,${seconds},purchase,"3,50",,"a ""b"" c"`,
  ],
  metarank: [
    `{"event":"ranking","id":"r1","timestamp":${DAY0_MS + 1},"user":"u1","fields":[{"name":"q","value":"x"}],"items":[{"id":"i3"},{"id":"i1"}]}`,
    `{"event":"interaction","id":"a1","ranking":"r1","timestamp":${DAY0_MS + 9},"user":"u1","type":"click","item":"i1"}`,
    `{"event":"item","id":"m1","timestamp":${DAY0_MS + 2},"item":"i1","fields":[{"name":"c","value":"y"}]}`,
  ],
  'access-log': [
    '203.0.113.9 - - [05/Jan/2026:00:05:03 +0000] "GET /blog/a.html HTTP/1.1" 200 99 "-" "Mozilla/5.0"',
    '203.0.113.9 - - [05/Jan/2026:00:06:03 +0000] "GET /b HTTP/1.1" 304 0 "http://example.com/blog/a.html" "Mozilla/5.0"',
  ],
  ga4: [
    `{"event_timestamp":"${DAY0_MS + 1}000","event_name":"view_item_list","user_pseudo_id":"u1","items":[{"item_id":"i1","price":3},{"item_id":"i2"}]}`,
    `{"event_timestamp":"${DAY0_MS + 9}000","event_name":"select_item","user_pseudo_id":"u1","items":[{"item_id":"i2"}]}`,
  ],
  segment: [
    `{"type":"track","event":"Product List Viewed","messageId":"m1","anonymousId":"u1","timestamp":"2026-01-05T00:01:00Z","properties":{"products":[{"product_id":"i1"},{"product_id":"i2"}]}}`,
    `{"type":"track","event":"Product Clicked","messageId":"m2","userId":"u1","timestamp":"2026-01-05T00:02:00Z","properties":{"product_id":"i2","price":"—"}}`,
  ],
  snowplow: [snowplowLine({}), snowplowLine({ event_name: 'link_click', event_id: 'e2' })],
  csv: [
    'ts,user,shop,sku,event,price,rank,device,category',
    `${seconds},u1,s1,k1,view,,1,phone,a|b`,
    `${seconds + 1},u1,s1,k1,buy,"9.5",,phone,"x
y"`,
  ],
}

/** What happens to logs on their way: to whole lines, to text within them, to single bytes. */
type Mutate = (lines: string[]) => void
const mutation: fc.Arbitrary<Mutate> = fc
  .record({
    kind: fc.constantFrom('insert', 'delete', 'replace', 'repeat', 'swap', 'alien', 'empty'),
    line: fc.nat(20),
    at: fc.nat(200),
    text: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        ...[
          '"',
          '""',
          ',',
          '\t',
          '|',
          '{',
          '}',
          '[',
          '\\',
          '\\ud800',
          '\u0000',
          '\ufeff',
          '\ud800',
        ],
        ...[
          'NaN',
          '-1',
          '1e400',
          '12345678901234567890',
          '__proto__',
          'null',
          ' ',
          '\r',
          '\n',
          ':',
        ],
        `{"a":`.repeat(40),
      ),
    ),
  })
  .map(({ kind, line, at, text }) => (lines) => {
    if (lines.length === 0) return
    const i = line % lines.length
    const old = lines[i]!
    const from = at % (old.length + 1)
    if (kind === 'insert') lines[i] = old.slice(0, from) + text + old.slice(from)
    else if (kind === 'delete') lines[i] = old.slice(0, from) + old.slice(from + 1 + text.length)
    else if (kind === 'replace')
      lines[i] = old.slice(0, from) + text + old.slice(from + text.length)
    else if (kind === 'repeat') lines.splice(i, 0, old)
    else if (kind === 'swap') lines.splice(i, 2, lines[i + 1] ?? old, old)
    else if (kind === 'alien') lines.splice(i, 0, text)
    else lines[i] = ''
  })

const wrapping = fc.constantFrom<[suffix: string, wrap: (bytes: Buffer) => Buffer]>(
  ['', (bytes) => bytes],
  ['.gz', (bytes) => gzipSync(bytes)],
  ['.zst', (bytes) => zstdCompressSync(bytes)],
)
/** Cuts the end off or flips one byte, after wrapping. */
const damage = fc.oneof(
  { weight: 4, arbitrary: fc.constant((bytes: Buffer) => bytes) },
  fc.nat(400).map((cut) => (bytes: Buffer) => bytes.subarray(0, Math.max(0, bytes.length - cut))),
  fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Buffer) => {
    const flipped = Buffer.from(bytes)
    if (flipped.length > 0) flipped[at % flipped.length]! ^= mask
    return flipped
  }),
)

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)

describe('Damaged logs', () => {
  test.each(Object.keys(ADAPTERS) as Format[])(
    'A damaged log in the format %s gives a balanced account',
    async (format) => {
      const logs: Logs = { mappings: { shop: mapping } }
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 8 }),
          fc.array(mutation, { maxLength: 6 }),
          wrapping,
          damage,
          async (repeats, mutations, [suffix, wrap], hurt) => {
            const [head, ...others] = SOUND[format]
            const lines = [head!, ...Array.from({ length: repeats }, () => others).flat()]
            for (const mutate of mutations) mutate(lines)
            const body = hurt(wrap(Buffer.from(lines.join('\n'))))
            const options = {
              key: `raw/feed/events/a.log${suffix}`,
              metadata: { [DROP_METADATA.format]: format },
              logs,
            }
            const { manifest, rows, setAside, lake } = await takeIn(body, options)
            const quarantined = sum(manifest.quarantined)
            expect(manifest.read).toBe(manifest.accepted + quarantined)
            expect(setAside).toHaveLength(quarantined)
            if (manifest.refused) expect(manifest).toMatchObject({ read: 0, files: [] })
            expect(sum(manifest.byHour)).toBe(manifest.events)
            expect(manifest.files.reduce((total, file) => total + file.rows, 0)).toBe(rows.length)
            for (const { item, user } of rows.filter(({ type }) => type !== undefined)) {
              expect(item.isWellFormed() && item.trim() !== '').toBe(true)
              expect(user).toMatch(/^[0-9a-f]{32}$/)
            }
            // The same drop again, into a lake of its own: the same bytes.
            const again = await takeIn(body, options)
            expect(contentsOf(again.lake)).toEqual(contentsOf(lake))
          },
        ),
        { numRuns: 150 },
      )
    },
  )
})
