import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DropManifest } from '../../functions/contract/accounts.ts'
import { landedOf } from '../../functions/intake/drop.ts'
import { isGzip } from '../../functions/intake/gzip.ts'
import { HEAP_OPTIONS, MAX_QUARANTINED_BYTES } from '../../functions/intake/limits.ts'
import { isZstd } from '../../functions/intake/zstd.ts'
import type { Expected, Quarantined } from './fixtures/hostile-input.ts'
import { HOSTILE_INPUTS } from './fixtures/hostile-inputs.ts'
import { LARGE_INPUTS, type LargeAccount } from './fixtures/hostile-large.ts'
import { type TakenIn, takeIn } from './take-in.ts'

const MAX_MIB = 256
const MAX_CPU_SECONDS = 60
/** What was got, where, what was expected, and what happened to the data. */
const REFUSAL = /^.+; nothing was (read|accepted), and the raw object stays$/

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

type Counted = Pick<DropManifest, 'read' | 'accepted' | 'quarantined'> & { refused: unknown }
/** Reasons and counts, as the row expects them. */
function expectAccount({ read, accepted, quarantined, refused }: Counted, expected: Expected) {
  expect(read).toBe(accepted + sum(quarantined))
  if (expected === 'no drop') throw new TypeError('got an account of no drop')
  if ('refused' in expected) {
    expect({ read, quarantined, refused }).toMatchObject({
      ...{ read: 0, quarantined: {} },
      refused: { reason: expected.refused, detail: expect.stringMatching(expected.says) },
    })
    expect((refused as { detail: string }).detail).toMatch(REFUSAL)
    return
  }
  const counts = Object.entries(expected.quarantined ?? {}).map(([reason, [count]]) => [
    reason,
    count,
  ])
  expect({ read, accepted, quarantined: { ...quarantined }, refused }).toEqual({
    ...{ read: expected.read, accepted: expected.accepted },
    ...{ quarantined: Object.fromEntries(counts), refused: null },
  })
}

/** Each record of quarantine is told, and is what the raw object holds where it says. */
function expectQuarantine(
  { manifest, setAside }: TakenIn,
  body: Buffer,
  expected: Quarantined = {},
): void {
  const notKept = Object.values(manifest.notKept ?? {}).reduce((all, { count }) => all + count, 0)
  expect(setAside.length + notKept).toBe(sum(manifest.quarantined))
  const isParquet = body.toString('latin1', 0, 4) === 'PAR1'
  const isPacked = isGzip(body) || isZstd(body) || isParquet
  for (const { reason, detail, line, byteOffset, length, record, encoding } of setAside) {
    const [, says] = expected[reason as keyof Quarantined]!
    expect(detail).toMatch(says)
    if (isPacked) continue
    expect(line).toBe(body.toString('latin1', 0, byteOffset).split('\n').length)
    const held = body.subarray(byteOffset, byteOffset + length)
    const kept = Buffer.from(record, encoding as BufferEncoding).toString('latin1')
    // Lines end with a line feed alone in quarantine.
    const lines = held.toString('latin1').replaceAll('\r\n', '\n').replace(/\r$/, '')
    expect(kept).toBe(lines.slice(0, MAX_QUARANTINED_BYTES))
  }
}

test('The table of hostile inputs has over a hundred different rows', () => {
  const names = HOSTILE_INPUTS.map(({ what }) => what)
  expect(names.length).toBeGreaterThan(100)
  expect(new Set(names).size).toBe(names.length)
})

describe('Hostile inputs', () => {
  test.each(HOSTILE_INPUTS.map((input) => [input.what, input] as const))(
    'The hostile input gives its expected account: %s',
    async (_, input) => {
      const { key = 'raw/feed/events/a', metadata = {}, logs, expect: expected } = input
      const body = Buffer.from(input.body())
      const began = process.cpuUsage()
      const object = { key, size: body.length, etag: '' }
      const landed = landedOf({
        time: '2026-01-06T00:00:00Z',
        detail: { bucket: { name: 'raw' }, object },
      })
      expect(landed === null).toBe(expected === 'no drop')
      if (landed === null) return

      const taken = await takeIn(body, { key, metadata, drop: landed.drop, ...(logs && { logs }) })
      const { manifest, raw, lake, rows, quarantine } = taken
      expectAccount(manifest, expected)
      expect(Buffer.compare(raw.contents.get(key)!.body, body)).toBe(0)
      expect(sum(manifest.byHour)).toBe(rows.filter(({ type }) => type !== undefined).length)
      expect(manifest.files.reduce((total, file) => total + file.rows, 0)).toBe(rows.length)
      expect(cpuSeconds(began)).toBeLessThan(MAX_CPU_SECONDS)
      if (expected === 'no drop' || 'refused' in expected) {
        expect([manifest.files, lake.contents.size, quarantine.contents.size]).toEqual([[], 1, 0])
        return
      }
      expect(manifest.warnings ?? {}).toEqual(expected.warnings ?? {})
      expectQuarantine(taken, body, expected.quarantined)
    },
  )
})

test('Large hostile inputs end in their accounts within 256 MiB', () => {
  const script = join(import.meta.dirname, 'fixtures', 'take-hostile.ts')
  const { stdout, stderr } = spawnSync(process.execPath, [...HEAP_OPTIONS.split(' '), script], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  expect(stderr).toBe('')
  const accounts = stdout
    .trim()
    .split('\n')
    .map((line): LargeAccount => JSON.parse(line))
  expect(accounts).toHaveLength(LARGE_INPUTS.length)
  for (const [i, { name, expect: expected }] of LARGE_INPUTS.entries()) {
    const account = accounts[i]!
    expectAccount(account, expected)
    if (expected !== 'no drop' && !('refused' in expected))
      for (const [reason, [, says]] of Object.entries(expected.quarantined ?? {}))
        expect(account.said[reason], name).toMatch(says)
    expect(account.peakMiB, name).toBeLessThanOrEqual(MAX_MIB)
    expect(account.cpuSeconds, name).toBeLessThan(MAX_CPU_SECONDS)
  }
}, 420_000)
