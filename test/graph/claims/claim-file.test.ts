import { describe, expect, test } from 'vitest'
import { claimManifestKey, claimsKey } from '../../../functions/contract/claim-keys.ts'
import { claimManifestSchema } from '../../../functions/contract/graph.ts'
import { packClaims, readClaims, writeClaims } from '../../../functions/graph/claims/claim-file.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { claim, source } from './make-claims.ts'

const NAME = { scene: 's', maker: 'catalogue', madeMs: 7, digest: 'a'.repeat(32) } as const
const DIGESTS = { codeDigest: 'c', configurationDigest: 'd' }
const withdrawn = (name: string, throughMs: number) => ({ source: source(name), throughMs })
const BATCH = {
  claims: [claim({ subject: 'item:i2' }), claim(), claim({ confidence: Number.NaN })],
  refused: { 'brand: names no entity': 2 },
  withdrawn: [withdrawn('b', 5), withdrawn('a', 9), withdrawn('b', 7)],
}

describe('files of claims', () => {
  test('The manifest accounts for all claims and refusals', () => {
    const { manifest } = packClaims(NAME, BATCH, DIGESTS)
    expect(claimManifestSchema.parse(manifest)).toEqual(manifest)
    expect(manifest).toMatchObject({
      ...{ claims: 2, byRelation: { 'has-brand': 2 }, sources: [source('a')] },
      withdrawn: [withdrawn('a', 9), withdrawn('b', 7)].sort((a, b) =>
        a.source < b.source ? -1 : 1,
      ),
    })
    expect(Object.values(manifest.refused).sort()).toEqual([1, 2])
  })

  test('A batch is read as written, and a retry writes the same', async () => {
    const lake = memoryObjects()
    const packed = packClaims(NAME, BATCH, DIGESTS)
    const written = await writeClaims(lake, NAME, BATCH, DIGESTS)
    expect(written).toEqual(packed.manifest)
    const keys = [...lake.contents.keys()]
    expect(keys).toEqual([claimsKey(NAME), claimManifestKey(NAME)])
    const turned = { ...BATCH, claims: BATCH.claims.toReversed() }
    expect(packClaims(NAME, turned, DIGESTS)).toEqual(packed)
    expect(await writeClaims(lake, NAME, turned, DIGESTS)).toEqual(written)
    expect(await readClaims(lake, written)).toEqual([claim(), claim({ subject: 'item:i2' })])
  })

  test('A batch without claims has a manifest and no file', async () => {
    const lake = memoryObjects()
    const batch = { claims: [], refused: {}, withdrawn: [withdrawn('a', 9)] }
    const manifest = await writeClaims(lake, NAME, batch, DIGESTS)
    expect([...lake.contents.keys()]).toEqual([claimManifestKey(NAME)])
    expect(await readClaims(lake, manifest)).toEqual([])
    expect(manifest.withdrawn).toEqual(batch.withdrawn)
  })

  test('Bytes that the manifest does not name are refused', async () => {
    const lake = memoryObjects()
    const manifest = await writeClaims(lake, NAME, BATCH, DIGESTS)
    await lake.put(claimsKey(NAME), 'else')
    await expect(readClaims(lake, manifest)).rejects.toThrow(/expected [0-9a-f]{64}/)
  })

  test('Writers of other claims end with the batch that came first', async () => {
    const other = (id: string) => ({ ...BATCH, claims: [claim({ subject: `item:${id}` })] })
    const whole = memoryObjects()
    const first = await writeClaims(whole, NAME, other('i7'), DIGESTS)
    expect(await writeClaims(whole, NAME, other('i8'), DIGESTS)).toEqual(first)
    expect(await readClaims(whole, first)).toEqual([claim({ subject: 'item:i7' })])
    // The first writer was stopped before its manifest, or comes with it after the second one.
    const stopped = memoryObjects()
    await stopped.put(claimsKey(NAME), await whole.get(claimsKey(NAME)))
    const second = await writeClaims(stopped, NAME, { ...other('i8'), gone: 2 }, DIGESTS)
    expect(await readClaims(stopped, second)).toEqual([claim({ subject: 'item:i7' })])
    expect(await writeClaims(stopped, NAME, other('i7'), DIGESTS)).toEqual(second)
  })

  test('Relations that the scene does not know are refused', () => {
    const { manifest, bytes } = packClaims(NAME, BATCH, DIGESTS, new Set(['broader']))
    expect([bytes, manifest.claims, manifest.refused['relation: unknown']]).toEqual([null, 0, 2])
  })
})
