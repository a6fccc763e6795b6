import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rawKey } from '../../functions/contract/keys.ts'
import type { EntityRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { LineCutter } from '../../functions/intake/lines.ts'
import { DAY0_MS } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { contentsOf, good, takeIn } from './take-in.ts'

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((a, b) => a + b, 0)
const line = fc.oneof(
  fc
    .integer({ min: 0, max: 50 })
    .map((hour) => good({ eventId: `e${hour}`, timeMs: DAY0_MS - hour * HOUR_MS + 7 })),
  fc.constantFrom(
    '',
    '   ',
    '{}',
    'null',
    '[]',
    '{"type":',
    '\u0000',
    '"text"',
    good({ timeMs: 5 }),
    good({ userId: null }),
  ),
  fc.string(),
)

describe('Intake of a drop', () => {
  test('Every record is either accepted or quarantined, and hourly counts add up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (lines) => {
        const { manifest, rows, setAside } = await takeIn(
          lines.map((text) => text.replaceAll(/[\n\r]/g, ' ')).join('\n'),
        )
        expect(manifest.read).toBe(manifest.accepted + total(manifest.quarantined))
        expect(total(manifest.byHour)).toBe(manifest.events)
        expect(rows).toHaveLength(manifest.events)
        expect(setAside).toHaveLength(total(manifest.quarantined))
      }),
      { numRuns: 60 },
    )
  })

  test('Lines are cut the same wherever the chunks end', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (text, sizes) => {
          const bytes = Buffer.from(text.replaceAll('x', '\n').replaceAll('y', '\r\n'))
          const cut = (chunks: Buffer[]) => {
            const cutter = new LineCutter()
            return [
              ...chunks.flatMap((chunk) =>
                [...cutter.cut(Buffer.from(chunk))].map((found) => ({
                  ...found,
                  bytes: found.bytes.toString('hex'),
                })),
              ),
              ...[...cutter.end()].map((found) => ({
                ...found,
                bytes: found.bytes.toString('hex'),
              })),
            ]
          }
          const chunks: Buffer[] = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(cut(chunks)).toEqual(cut([bytes]))
          for (const { byteOffset, bytes: hex } of cut(chunks))
            expect(bytes.subarray(byteOffset, byteOffset + hex.length / 2).toString('hex')).toBe(
              hex,
            )
        },
      ),
    )
  })

  test('Plain, gzip and zstd drops are read alike, whatever their line ends', async () => {
    const text = `\ufeff${good()}\r\n\r\n${good({ eventId: 'e2' })}`
    const members = Buffer.concat([gzipSync(text.slice(0, 60)), gzipSync(text.slice(60))])
    const ways: [string, Uint8Array][] = [
      ['a.jsonl', Buffer.from(text)],
      ['a.jsonl.gz', gzipSync(text)],
      ['b.jsonl.gz', members],
      ['a.jsonl.zst', zstdCompressSync(text)],
    ]
    for (const [name, body] of ways) {
      const { manifest } = await takeIn(body, { key: rawKey('feed', 'events', name) })
      expect(manifest, name).toMatchObject({ read: 2, accepted: 2, events: 2 })
    }
  })

  test('Each event goes to the hour in which it happened', async () => {
    const { manifest } = await takeIn(
      [0, 1, 25]
        .map((hours) => good({ eventId: `e${hours}`, timeMs: DAY0_MS - hours * HOUR_MS }))
        .join('\n'),
    )
    expect(manifest.byHour).toEqual({ '2026-01-03T23': 1, '2026-01-04T23': 1, '2026-01-05T00': 1 })
    expect(manifest.files.map(({ key }) => key.slice(0, 42))).toEqual([
      'clean/feed/events/date=2026-01-03/hour=23/',
      'clean/feed/events/date=2026-01-04/hour=23/',
      'clean/feed/events/date=2026-01-05/hour=00/',
    ])
  })

  test('The lake holds no raw identifiers, and one user has one hash', async () => {
    const lake = memoryObjects()
    const { rows } = await takeIn(
      [good(), good({ eventId: 'e2', userId: 'person-2' })].join('\n'),
      { lake },
    )
    const users = await takeIn(JSON.stringify({ id: 'person-1', attributes: { segment: 'a' } }), {
      lake,
      key: rawKey('feed', 'users', 'u.jsonl'),
      drop: 'e'.repeat(32),
    })
    const [statement] = users.rows as unknown as EntityRow[]
    expect(rows[0]!.user).toMatch(/^[0-9a-f]{32}$/)
    expect(statement!.id).toBe(rows[0]!.user)
    expect(rows[1]!.user).not.toBe(rows[0]!.user)
    for (const [key, { body }] of lake.contents) {
      const text = key.endsWith('.parquet')
        ? JSON.stringify(await readParquet(body))
        : Buffer.from(body).toString()
      expect(text, key).not.toMatch(/person-|req-1|"e2"/)
    }
  })

  test('An event without an id gets an id from its content', async () => {
    const anonymous = good({ eventId: undefined })
    const { rows } = await takeIn(
      [anonymous, anonymous, good({ eventId: undefined, position: 2 })].join('\n'),
    )
    expect(rows[0]!.event).toBe(rows[1]!.event)
    expect(rows[2]!.event).not.toBe(rows[0]!.event)
  })

  test('A second intake writes equal bytes, or nothing if the manifest exists', async () => {
    const body = Array.from({ length: 500 }, (_, n) =>
      n % 9 === 0 ? 'broken' : good({ eventId: `e${n}` }),
    ).join('\n')
    const first = await takeIn(body)
    const second = await takeIn(body)
    expect(contentsOf(second.lake)).toEqual(contentsOf(first.lake))
    expect(contentsOf(second.quarantine)).toEqual(contentsOf(first.quarantine))
    const puts: string[] = []
    const watched: MemoryObjects = { ...first.lake, put: async (key) => void puts.push(key) }
    expect((await takeIn(body, { lake: watched, quarantine: first.quarantine })).manifest).toEqual(
      first.manifest,
    )
    expect(puts).toEqual([])
  })

  test('Intake killed at any write gives the same bytes after a retry', async () => {
    const body = [0, 1, 2]
      .map((hours) => good({ eventId: `e${hours}`, timeMs: DAY0_MS - hours * HOUR_MS }))
      .concat('broken')
      .join('\n')
    const calm = await takeIn(body)
    for (let failing = 0; failing < 5; failing++) {
      const lake = memoryObjects()
      const quarantine = memoryObjects()
      let writes = 0
      const breaking = (store: MemoryObjects): MemoryObjects => ({
        ...store,
        put: async (key, content) => {
          if (writes++ === failing) throw new Error('the process was killed')
          await store.put(key, content)
        },
        putIfAbsent: async (key, content) => {
          if (writes++ === failing) throw new Error('the process was killed')
          return store.putIfAbsent(key, content)
        },
      })
      await expect(
        takeIn(body, { lake: breaking(lake), quarantine: breaking(quarantine) }),
      ).rejects.toThrow('killed')
      expect([...lake.contents.keys()].filter((key) => key.startsWith('manifests/'))).toEqual([])
      await takeIn(body, { lake, quarantine })
      expect(contentsOf(lake)).toEqual(contentsOf(calm.lake))
      expect(contentsOf(quarantine)).toEqual(contentsOf(calm.quarantine))
    }
  })
})
