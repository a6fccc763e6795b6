import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ObjectMissing } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (body: Uint8Array): string => new TextDecoder().decode(body)
let names = 0
/** A prefix of its own for each test: stores may be shared. */
const fresh = (): string => `case-${names++}/`

/** Parts of keys that a path, a URL, XML, or a file system could take for something else. */
const ODD_SEGMENTS = [
  ...'. .. ... % %2E %2e%2e * ~ a A a+b a?b a#b .objects .versions .scratch 1 \\ ..\\'.split(' '),
  ...['', ' ', 'a b', 'a.', '__proto__', '&lt;', '\u0000missing', '\r\n', 'e\u0301', '\u00e9'],
  ...'\u0000\n\r\t\u007f\u0085\u2028\ufeff\ud7ff\ue000\uffff\u{10000}\u{10ffff}',
  'x'.repeat(300),
]
const segment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_SEGMENTS) },
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const oddKey = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'))
  .filter((key) => key !== '' && Buffer.byteLength(key) <= 1000)
const change = fc.record({
  key: fc.nat({ max: 7 }),
  what: fc.constantFrom('put', 'put', 'put if absent', 'delete'),
})
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What every implementation of the ObjectStore port must do. */
export function objectStoreSuite(
  name: string,
  open: () => ObjectStore,
  /** A store whose bucket keeps versions. */
  openVersioned: () => ObjectStore,
): void {
  describe(`an object store, ${name}`, () => {
    test('gives back what was put, and its size', async () => {
      const key = `${fresh()}a`
      await open().put(key, 'first')
      await open().put(key, bytes('second'))
      expect(text(await open().get(key))).toBe('second')
      expect(await open().head(key)).toMatchObject({ key, bytes: 6 })
    })

    test('holds empty objects and keys with odd characters', async () => {
      const prefix = fresh()
      const keys = ['a b', 'ü/é', 'x+y%20z', 'q\'&<>"', 'date=2026-01-05/hour=00', 'a//b'].map(
        (key) => prefix + key,
      )
      for (const key of keys) await open().put(key, new Uint8Array())
      for (const key of keys) expect((await open().get(key)).byteLength, key).toBe(0)
      expect((await open().list(prefix)).map(({ key }) => key)).toEqual([...keys].sort(byBytes))
    })

    test('behaves as a map from any keys, listed by their UTF-8 bytes', async () => {
      const keys = fc.uniqueArray(oddKey, { minLength: 8, maxLength: 8 })
      const changes = fc.array(change, { minLength: 10, maxLength: 30 })
      await fc.assert(
        fc.asyncProperty(keys, changes, async (names, sequence) => {
          const store = open()
          const prefix = fresh()
          const map = new Map<string, string>()
          for (const [n, { key, what }] of sequence.entries()) {
            const name = prefix + names[key]
            if (what === 'delete') {
              await store.delete(name)
              map.delete(name)
            } else if (what === 'put') {
              await store.put(name, `${n}`)
              map.set(name, `${n}`)
            } else {
              expect(await store.putIfAbsent(name, `${n}`)).toBe(!map.has(name))
              if (!map.has(name)) map.set(name, `${n}`)
            }
          }
          for (const name of names.map((key) => prefix + key)) {
            const found = await store.find(name)
            expect(found && text(found)).toBe(map.get(name) ?? null)
          }
          const sorted = [...map.keys()].sort(byBytes)
          expect((await store.list(prefix)).map(({ key }) => key)).toEqual(sorted)
          const [first] = sorted
          if (first === undefined) return
          expect((await store.list(prefix, first)).map(({ key }) => key)).toEqual(sorted.slice(1))
        }),
        { numRuns: 40 },
      )
    })

    test('tells what is missing', async () => {
      const key = `${fresh()}nothing`
      await expect(open().get(key)).rejects.toThrow(ObjectMissing)
      await expect(open().stream(key)).rejects.toThrow(ObjectMissing)
      expect(await open().find(key)).toBeNull()
      expect(await open().head(key)).toBeNull()
    })

    test('puts if absent once, whoever asks at the same time', async () => {
      const key = `${fresh()}once`
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, n) => open().putIfAbsent(key, `writer ${n}`)),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(text(await open().get(key))).toBe(`writer ${won.indexOf(true)}`)
      expect(await open().putIfAbsent(key, 'late')).toBe(false)
    })

    test('deletes an object, twice as once, and no other', async () => {
      const prefix = fresh()
      await open().put(`${prefix}a`, 'a')
      await open().put(`${prefix}ab`, 'ab')
      await open().delete(`${prefix}a`)
      await open().delete(`${prefix}a`)
      expect(await open().find(`${prefix}a`)).toBeNull()
      expect((await open().list(prefix)).map(({ key }) => key)).toEqual([`${prefix}ab`])
      expect(await open().putIfAbsent(`${prefix}a`, 'again')).toBe(true)
    })

    test('lists more than a page, in order of key, after a key where asked', async () => {
      const prefix = fresh()
      const keys = Array.from({ length: 1203 }, (_, n) => `${prefix}${String(n).padStart(5, '0')}`)
      for (let from = 0; from < keys.length; from += 100)
        await Promise.all(keys.slice(from, from + 100).map((key) => open().put(key, 'x')))
      expect((await open().list(prefix)).map(({ key }) => key)).toEqual(keys)
      expect((await open().list(prefix, keys[1099])).map(({ key }) => key)).toEqual(
        keys.slice(1100),
      )
      expect(await open().list(`${prefix}zzz`)).toEqual([])
    })

    test('gives some bytes of the version that is named, and of no other', async () => {
      const key = `${fresh()}a`
      const store = openVersioned()
      await store.put(key, '0123456789')
      const { body, info } = await store.stream(key)
      body.destroy()
      const { etag, versionId } = info
      expect(text(await store.range({ key, versionId: null, etag }, 0, 10))).toBe('0123456789')
      await store.put(key, 'abcdefghij')
      expect(text(await store.range({ key, versionId, etag }, 3, 7))).toBe('3456')
      await expect(store.range({ key, versionId: null, etag }, 3, 7)).rejects.toThrow(/replaced/)
      const missing = { key: `${key}-not`, versionId: null, etag }
      await expect(store.range(missing, 0, 1)).rejects.toThrow(ObjectMissing)
    })

    test('streams the version that is named, and the newest where none is', async () => {
      const key = `${fresh()}a`
      const store = openVersioned()
      const read = async (versionId?: string | null) => {
        const { body, info } = await store.stream(key, versionId)
        const parts: Buffer[] = []
        for await (const part of body) parts.push(Buffer.from(part))
        return { text: Buffer.concat(parts).toString(), info }
      }
      await store.put(key, 'first')
      const { info: first } = await read()
      await store.put(key, 'the second')
      expect(await read(first.versionId)).toMatchObject({ text: 'first', info: first })
      expect((await read()).text).toBe('the second')
      expect((await read(null)).info.versionId).not.toBe(first.versionId)
      await store.delete(key)
      expect((await read(first.versionId)).text).toBe('first')
      await expect(read()).rejects.toThrow(ObjectMissing)
      await expect(read('0123456789abcdef')).rejects.toThrow(ObjectMissing)
    })

    test('streams a body of several megabytes whole', async () => {
      const key = `${fresh()}large`
      const large = Uint8Array.from({ length: 6_000_000 }, (_, n) => n % 251)
      await open().put(key, large)
      const { body, info } = await open().stream(key)
      const parts: Buffer[] = []
      for await (const part of body) parts.push(Buffer.from(part))
      expect(info.bytes).toBe(large.byteLength)
      expect(Buffer.compare(Buffer.concat(parts), large)).toBe(0)
    })
  })
}
