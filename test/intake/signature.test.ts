import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rawKey } from '../../functions/contract/keys.ts'
import { signedText } from '../../functions/contract/signature.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { parseProducerKeys } from '../../functions/intake/signature.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { APP, APP_NEXT, KEY, SHOP, signed } from './signed-drops.ts'
import { ARRIVAL_MS, contentsOf, type DropOptions, good, scene, takeIn } from './take-in.ts'

const BODY = [1, 2, 3].map((n) => good({ eventId: `e${n}` })).join('\n')
const anticheat = { signatures: { producers: ['app', 'shop'] } }
const producerKeys = { app: [APP], shop: [SHOP] }
const take = (metadata: Record<string, string>, options: DropOptions = {}, body = BODY) =>
  takeIn(body, { key: KEY, metadata, anticheat, producerKeys, ...options })
const refusalOf = async (...given: Parameters<typeof take>) => {
  const { manifest, lake, quarantine } = await take(...given)
  expect([manifest.read, manifest.accepted, manifest.files]).toEqual([0, 0, []])
  // Nothing of the drop is visible: there is its account, and no row.
  expect([...lake.contents.keys()].filter((key) => key.startsWith('clean/'))).toEqual([])
  expect(quarantine.contents.size).toBe(0)
  return manifest.refused
}

describe('A signed drop', () => {
  test('A drop with a good signature is read as any other', async () => {
    const { manifest, rows } = await take(signed(BODY))
    expect([manifest.refused, manifest.accepted, rows.length]).toEqual([null, 3, 3])
    const plain = await takeIn(BODY, { key: KEY })
    expect(rows).toEqual(plain.rows)
  })

  test('Five lines of text are what is signed', () => {
    const facts = { scene: 'feed', kind: 'events', key: KEY, sha256: 'ab', signedMs: 7 }
    expect(signedText(facts)).toBe('feed\nevents\nraw/feed/events/signed.jsonl\nab\n7')
  })

  test('Bytes after a broken archive are signed as well', async () => {
    const packed = gzipSync(`${BODY}\n`)
    const broken = Buffer.concat([packed, Buffer.from('no gzip at all'.repeat(20_000))])
    const key = rawKey('feed', 'events', 'broken.jsonl.gz')
    const options = { key, anticheat, producerKeys }
    const whole = await takeIn(broken, { ...options, metadata: signed(broken, { key }) })
    expect([whole.manifest.refused, whole.manifest.accepted]).toEqual([null, 3])
    const cut = await takeIn(broken, { ...options, metadata: signed(packed, { key }) })
    expect(cut.manifest.refused?.reason).toBe('tampered')
  })

  test('A scene without producers does not look at signatures', async () => {
    const { manifest } = await takeIn(BODY, { key: KEY, metadata: { 'qm-producer': 'any' } })
    expect([manifest.refused, manifest.accepted]).toEqual([null, 3])
  })

  test('Kinds that need no signature are checked if they have one', async () => {
    const rules = { signatures: { producers: ['app'], requiredFor: ['items' as const] } }
    expect((await take({}, { anticheat: rules })).manifest.accepted).toBe(3)
    expect((await take(signed(BODY), { anticheat: rules })).manifest.accepted).toBe(3)
    const metadata = signed(`${BODY} `)
    expect((await refusalOf(metadata, { anticheat: rules }))?.reason).toBe('tampered')
  })
})

describe('A drop that is not as it was signed', () => {
  test('Any changed byte is refused as tampered', async () => {
    const metadata = signed(BODY)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(BODY.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const bytes = Buffer.from(BODY)
          bytes[at]! ^= by
          const { manifest } = await takeIn(bytes, { key: KEY, metadata, anticheat, producerKeys })
          expect(manifest.refused?.reason).toBe('tampered')
          expect(manifest.files).toEqual([])
        },
      ),
      { seed: 14, numRuns: 50 },
    )
  })

  test('A signature holds for its key, kind and time alone', async () => {
    const metadata = signed(BODY)
    for (const key of [
      rawKey('feed', 'events', 'other.jsonl'),
      rawKey('feed', 'items', 'signed.jsonl'),
    ])
      expect((await refusalOf(metadata, { key }))?.reason, key).toBe('tampered')
    const later = { ...metadata, 'qm-signed-ms': String(ARRIVAL_MS) }
    expect((await refusalOf(later))?.reason).toBe('tampered')
  })

  test('A drop without a signature is refused by name', async () => {
    expect(await refusalOf({})).toEqual({
      reason: 'unsigned',
      detail:
        'got no metadata qm-producer, qm-signed-ms, qm-signature, which the scene feed expects of events; nothing was read, and the raw object stays',
    })
  })

  test('Only the producer that signed may be named', async () => {
    const asShop = { ...signed(BODY), 'qm-producer': 'shop' }
    const refused = await refusalOf(asShop)
    expect(refused?.reason).toBe('wrong_producer')
    expect(refused?.detail).toContain('got shop, but a key of app has signed')
    const stranger = await refusalOf({ ...signed(BODY), 'qm-producer': 'stranger' })
    expect(stranger?.detail).toContain('got "stranger", expected one of app, shop')
  })

  test('No refusal shows a key or the right signature', async () => {
    const right = signed(BODY)['qm-signature']!
    for (const metadata of [signed(`${BODY} `), { ...signed(BODY), 'qm-producer': 'shop' }]) {
      const { detail } = (await refusalOf(metadata))!
      for (const secret of [APP, SHOP, right]) expect(detail).not.toContain(secret)
    }
  })
})

describe('The age of a signature', () => {
  const skewMs = scene.clockSkewMinutes * MINUTE_MS
  const reasonAt = async (signedMs: number) =>
    (await take(signed(BODY, { signedMs }))).manifest.refused?.reason ?? null

  test('The arrival in the record decides what is stale', async () => {
    expect(await reasonAt(ARRIVAL_MS - HOUR_MS)).toBeNull()
    expect(await reasonAt(ARRIVAL_MS - HOUR_MS - 1)).toBe('stale')
    const limit = { signatures: { producers: ['app'], maxAgeMinutes: 24 * 60 } }
    const old = signed(BODY, { signedMs: ARRIVAL_MS - DAY_MS })
    expect((await take(old, { anticheat: limit })).manifest.refused).toBeNull()
  })

  test('A signature may be ahead by the clock skew, and not more', async () => {
    // The record's time is in whole seconds, so the last of them counts as well.
    expect(await reasonAt(ARRIVAL_MS + skewMs + 999)).toBeNull()
    expect(await reasonAt(ARRIVAL_MS + skewMs + 1000)).toBe('stale')
  })
})

describe('A replayed drop', () => {
  const first = 'a'.repeat(32)
  const second = 'b'.repeat(32)

  test('The same bytes and signature in another version are refused', async () => {
    const lake = memoryObjects('lake')
    const metadata = signed(BODY)
    expect((await take(metadata, { lake, drop: first })).manifest.accepted).toBe(3)
    const { manifest } = await take(metadata, { lake, drop: second })
    expect(manifest).toMatchObject({ accepted: 0, files: [], refused: { reason: 'replayed' } })
    expect(manifest.refused?.detail).toContain(first)
  })

  test('Upper-case hex is the same signature', async () => {
    const lake = memoryObjects('lake')
    const metadata = signed(BODY)
    await take(metadata, { lake, drop: first })
    const upper = { ...metadata, 'qm-signature': metadata['qm-signature']!.toUpperCase() }
    const { manifest } = await take(upper, { lake, drop: second })
    expect(manifest.refused?.reason).toBe('replayed')
  })

  test('The same drop delivered again is the same drop', async () => {
    const lake = memoryObjects('lake')
    await take(signed(BODY), { lake, drop: first })
    const before = contentsOf(lake)
    expect((await take(signed(BODY), { lake, drop: first })).manifest.accepted).toBe(3)
    expect(contentsOf(lake)).toEqual(before)
  })

  test('A delivery that died before its account finds its own note', async () => {
    const lake = memoryObjects('lake')
    const { manifest } = await take(signed(BODY), { lake, drop: first })
    for (const key of lake.contents.keys())
      if (key.startsWith('manifests/')) lake.contents.delete(key)
    expect((await take(signed(BODY), { lake, drop: first })).manifest).toEqual(manifest)
  })

  test('The same bytes signed again are another drop', async () => {
    const lake = memoryObjects('lake')
    await take(signed(BODY), { lake, drop: first })
    const again = signed(BODY, { signedMs: ARRIVAL_MS - 999 })
    expect((await take(again, { lake, drop: second })).manifest.accepted).toBe(3)
  })

  test('A forged drop does not use up the signature', async () => {
    const lake = memoryObjects('lake')
    const metadata = signed(BODY)
    const forged = await take(metadata, { lake, drop: first }, BODY.replace('i1', 'i2'))
    expect(forged.manifest.refused?.reason).toBe('tampered')
    expect((await take(metadata, { lake, drop: second })).manifest.accepted).toBe(3)
  })
})

describe('Keys of producers', () => {
  test('Every drop of a rotation is read, in any order', async () => {
    const step = fc.record({ isNext: fc.boolean(), ageMs: fc.nat(HOUR_MS) })
    const steps = [[APP], [APP, APP_NEXT], [APP_NEXT, APP], [APP_NEXT]]
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (drops) => {
        for (const [at, keys] of steps.entries())
          for (const { isNext, ageMs } of drops) {
            // Producers change while both keys are live.
            const secret = at === 0 ? APP : at === 3 ? APP_NEXT : isNext ? APP_NEXT : APP
            const metadata = signed(BODY, { secret, signedMs: ARRIVAL_MS - ageMs })
            const { manifest } = await take(metadata, { producerKeys: { app: keys } })
            expect(manifest.refused).toBeNull()
          }
      }),
      { seed: 14, numRuns: 10 },
    )
  })

  test('A key that was removed signs no more', async () => {
    const refused = await refusalOf(signed(BODY), { producerKeys: { app: [APP_NEXT] } })
    expect(refused?.reason).toBe('tampered')
  })

  test('The secret is one key or two for each producer', () => {
    expect(parseProducerKeys(JSON.stringify({ app: APP, shop: [SHOP, APP] }))).toEqual({
      app: [APP],
      shop: [SHOP, APP],
    })
    for (const bad of [
      { app: 'short' },
      { app: [] },
      { app: [APP, SHOP, APP] },
      { App: APP },
      [],
      7,
    ])
      expect(() => parseProducerKeys(JSON.stringify(bad)), JSON.stringify(bad)).toThrow(TypeError)
  })

  test('An unreadable secret stops the drop and shows nothing of itself', async () => {
    for (const text of [`{"app": ${APP}}`, JSON.stringify({ app: [APP, 7] })])
      expect(() => parseProducerKeys(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(APP.slice(0, 8)) }),
      )
    await expect(take(signed(BODY), { producerKeys: {} })).rejects.toThrow(/has none of app/)
  })
})

describe('Hostile metadata', () => {
  test('A malformed field is refused by its name', async () => {
    for (const [name, value] of [
      ['qm-signature', 'zz'.repeat(32)],
      ['qm-signature', 'ab'.repeat(31)],
      ['qm-signature', 'ab'.repeat(1000)],
      ['qm-signature', `${'ab'.repeat(31)}é1`],
      ['qm-signature', ''],
      ['qm-signed-ms', '9'.repeat(400)],
      ['qm-signed-ms', '-176452920000'],
      ['qm-signed-ms', '1e12'],
      ['qm-signed-ms', ' 1764529200000'],
      ['qm-signed-ms', '１７６４５２９２０００００'],
    ] as const) {
      const refused = await refusalOf({ ...signed(BODY), [name]: value })
      expect(refused?.reason, value).toBe('malformed_signature')
      expect(refused?.detail).toContain(name)
      expect(refused!.detail.length).toBeLessThan(300)
    }
  })

  test('No field of a signature may be left out', async () => {
    for (const name of ['qm-producer', 'qm-signed-ms', 'qm-signature']) {
      const { [name]: _, ...metadata } = signed(BODY)
      expect((await refusalOf(metadata))?.detail).toContain(`metadata ${name}: got nothing`)
    }
  })

  test('No metadata make intake throw or accept', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 })
    const fields = { 'qm-producer': text, 'qm-signed-ms': text, 'qm-signature': text }
    const names = fc.constantFrom('app', 'shop', '__proto__', 'constructor')
    const hostile = fc.record(
      { ...fields, 'qm-producer': fc.oneof(names, text) },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(hostile, async (metadata) => {
        const { manifest } = await take({ ...metadata })
        expect(manifest.refused).not.toBeNull()
      }),
      { seed: 14, numRuns: 60 },
    )
  })
})
