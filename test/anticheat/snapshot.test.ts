import { expect, test } from 'vitest'
import { loadVerdicts, newestSnapshot } from '../../functions/anticheat/snapshot.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { verdictManifestKey, verdictsKey } from '../../functions/contract/verdicts.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { NOON, putSnapshot, verdict } from '../make/verdicts.ts'

const about = (madeMs: number) => ({
  scene: 'feed',
  madeMs,
  previousMs: null,
  screenedFromMs: NOON - DAY_MS,
  screenedThroughMs: NOON,
  detectorsDigest: 'd',
  inputsDigest: 'i',
})

test('The newest snapshot made by an instant is found, however old', async () => {
  const lake = memoryObjects()
  expect(await newestSnapshot(lake, 'feed', NOON)).toBeNull()
  await putSnapshot(lake, about(NOON), [verdict()])
  await putSnapshot(lake, about(NOON + DAY_MS), [])
  const made = async (byMs: number) => (await newestSnapshot(lake, 'feed', byMs))?.manifest.madeMs
  expect(await made(NOON - 1)).toBeUndefined()
  expect(await made(NOON)).toBe(NOON)
  expect(await made(NOON + DAY_MS)).toBe(NOON + DAY_MS)
  expect(await made(NOON + 90 * DAY_MS)).toBe(NOON + DAY_MS)
  expect(await newestSnapshot(lake, 'other', NOON)).toBeNull()
})

test('A snapshot without its manifest is not there', async () => {
  const lake = memoryObjects()
  await putSnapshot(lake, about(NOON), [verdict()])
  await lake.delete(verdictManifestKey({ scene: 'feed', madeMs: NOON }))
  expect(await newestSnapshot(lake, 'feed', NOON)).toBeNull()
})

test('The same verdicts in another order give the same bytes', async () => {
  const rows = [verdict(), verdict({ id: 'u0' }), verdict({ subject: 'item', id: 'i1', score: 3 })]
  const [first, second] = [memoryObjects(), memoryObjects()]
  const one = await putSnapshot(first, about(NOON), rows)
  const other = await putSnapshot(second, about(NOON), [...rows].reverse())
  expect(one).toEqual(other)
  const key = verdictsKey({ scene: 'feed', madeMs: NOON })
  expect(await first.get(key)).toEqual(await second.get(key))
  expect(new Set(await loadVerdicts(first, one))).toEqual(new Set(rows))
})

test('Another format version is refused with both versions', async () => {
  const lake = memoryObjects()
  const { manifest } = await putSnapshot(lake, about(NOON), [])
  const key = verdictManifestKey(manifest)
  await lake.put(key, JSON.stringify({ ...manifest, formatVersion: 2 }))
  const read = newestSnapshot(lake, 'feed', NOON)
  await expect(read).rejects.toThrow(CorruptArtifact)
  await expect(read).rejects.toThrow(`${key}: got format version 2, expected 1`)
})

test('A changed file is refused', async () => {
  const lake = memoryObjects()
  const { key, digest } = await putSnapshot(lake, about(NOON), [verdict()])
  const bytes = await lake.get(key)
  bytes[20]! ^= 1
  await lake.put(key, bytes)
  await expect(loadVerdicts(lake, { key, digest })).rejects.toThrow(/got SHA-256 .* expected/)
})
