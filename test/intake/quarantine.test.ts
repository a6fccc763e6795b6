import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dropManifestSchema } from '../../functions/contract/accounts.ts'
import { QUARANTINE_REASONS, type QuarantineReason } from '../../functions/contract/events.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { MAX_POSITIONS, MIN_QUARANTINE_BYTES } from '../../functions/intake/limits.ts'
import { QuarantineWriter } from '../../functions/intake/quarantine.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { good, takeIn } from './take-in.ts'

interface Bad {
  reason: QuarantineReason
  bytes: Buffer
}

/** Writes bad records, one after the other in an object of `dropBytes`. */
async function write(all: readonly Bad[], dropBytes: number) {
  const store = memoryObjects('quarantine')
  const writer = new QuarantineWriter(store, (part) => `part-${part}`, dropBytes)
  let byteOffset = 0
  for (const [i, { reason, bytes }] of all.entries()) {
    await writer.add(
      { reason, detail: 'wrong' },
      { line: i + 1, byteOffset, length: bytes.length },
      bytes,
    )
    byteOffset += bytes.length + 1
  }
  await writer.end()
  const bodies = writer.keys.map((key) => Buffer.from(store.contents.get(key)!.body))
  const kept: { reason: string; line: number }[] = bodies.flatMap((body) =>
    body
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  return { writer, kept, written: Buffer.concat(bodies).length }
}

describe('Quarantine size', () => {
  const bad = fc.record({
    reason: fc.constantFrom(...QUARANTINE_REASONS.slice(0, 4)),
    bytes: fc.oneof(
      fc.constant(Buffer.from('x')),
      fc.constant(Buffer.from('ü"\\'.repeat(2000))),
      fc.constant(Buffer.alloc(70_000)),
      fc.constant(Buffer.alloc(50_000, 0xff)),
    ),
  })

  test('Quarantine keeps the first records per reason, within a size bound', async () => {
    let cut = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(bad, { maxLength: 60, size: 'max' }),
        fc.integer({ min: 0, max: 2 ** 20 }),
        async (all, dropBytes) => {
          const { writer, kept, written } = await write(all, dropBytes)
          expect(written).toBeLessThanOrEqual(Math.max(MIN_QUARANTINE_BYTES, 2 * dropBytes))
          for (const [reason, count] of Object.entries(writer.counts)) {
            const lines = all.flatMap((record, i) => (record.reason === reason ? [i + 1] : []))
            const keptLines = kept
              .filter((record) => record.reason === reason)
              .map(({ line }) => line)
            const { [reason]: rest } = writer.notKept
            expect(count).toBe(lines.length)
            expect(keptLines).toEqual(lines.slice(0, count - (rest?.count ?? 0)))
            expect(rest?.first.map(({ line }) => line) ?? []).toEqual(
              lines.slice(keptLines.length, keptLines.length + MAX_POSITIONS),
            )
            if (rest) cut++
          }
        },
      ),
      { numRuns: 60 },
    )
    expect(cut).toBeGreaterThan(20)
  })

  test('Quarantine keeps every reason even when one reason floods it', async () => {
    const flood = Array.from(
      { length: 20_000 },
      (): Bad => ({ reason: 'not_json', bytes: Buffer.from('x') }),
    )
    const rare: Bad[] = [
      { reason: 'too_old', bytes: Buffer.from('{"a":1}') },
      { reason: 'trailing_bytes', bytes: Buffer.alloc(0) },
    ]
    const { writer, kept, written } = await write([...flood, ...rare], 40_000)
    expect(written).toBeGreaterThan(MIN_QUARANTINE_BYTES / 2 - 1000)
    expect(Object.keys(writer.notKept)).toEqual(['not_json'])
    expect(kept.slice(-2).map(({ reason }) => reason)).toEqual(['too_old', 'trailing_bytes'])
  })
})

describe('Quarantine overflow', () => {
  const lines = `${'x\n'.repeat(20_000)}${good()}\n${good({ timeMs: DAY0_MS - 40 * DAY_MS })}\n`

  test.each([
    ['plain', Buffer.from(lines)],
    ['gzip', gzipSync(lines)],
  ])('Quarantine counts every bad record and locates the first omitted: %s', async (_, body) => {
    const { manifest, quarantine, setAside } = await takeIn(body)
    const written = [...quarantine.contents.values()].map((part) => Buffer.from(part.body).length)
    expect(written.reduce((a, b) => a + b)).toBeLessThanOrEqual(MIN_QUARANTINE_BYTES)
    expect(manifest).toMatchObject({
      read: 20_002,
      accepted: 1,
      quarantined: { not_json: 20_000, too_old: 1 },
    })
    const { count, first } = manifest.notKept!['not_json']!
    const kept = setAside.filter(({ reason }) => reason === 'not_json').length
    expect(count + kept).toBe(20_000)
    expect(setAside.some(({ reason }) => reason === 'too_old')).toBe(true)
    expect(first).toHaveLength(MAX_POSITIONS)
    for (const [i, { line, byteOffset, length }] of first.entries()) {
      expect(line).toBe(kept + 1 + i)
      expect(lines.slice(byteOffset, byteOffset + length)).toBe('x')
    }
  })

  test('An account of overflowing quarantine has only one extra field', async () => {
    const { manifest: small } = await takeIn('x\n')
    expect(small).not.toHaveProperty('notKept')
    const { manifest: large } = await takeIn(lines)
    for (const manifest of [small, large])
      expect(dropManifestSchema.parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest)
    expect(Object.keys(large).filter((name) => !(name in small))).toEqual(['notKept'])
  })
})
