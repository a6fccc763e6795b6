import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as keys from '../../functions/contract/keys.ts'
import { DAY_MS, floorDay, floorHour } from '../../functions/contract/time.ts'

const scene = fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/)
const timeMs = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) })
const hourMs = timeMs.map(floorHour)
const fromMs = timeMs.map(floorDay)
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`))
const n = fc.integer({ min: 0, max: 99_999 })
const drop = hex(32)

function holdsRoundTrip<T>(
  arbitrary: fc.Arbitrary<T>,
  build: (name: T) => string,
  parse: (key: string) => unknown,
) {
  fc.assert(
    fc.property(arbitrary, (name) => {
      expect(parse(build(name))).toEqual(name)
    }),
  )
}

describe('Keys', () => {
  test('A raw object key parses back to its parts', () => {
    const name = fc.record({
      scene,
      kind: fc.constantFrom('events' as const, 'items' as const),
      name: fc.stringMatching(/^[a-z0-9/._-]{1,40}$/),
    })
    holdsRoundTrip(name, (raw) => keys.rawKey(raw.scene, raw.kind, raw.name), keys.parseRawKey)
  })
  test('A raw key reads its hints in any order, only in front', () => {
    const word = fc.option(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { nil: undefined })
    fc.assert(
      fc.property(word, word, word, fc.stringMatching(/^[a-z0-9/._-]{1,20}$/), (...words) => {
        const [format, mapping, source, name] = words
        const built = keys.hintedName({ format, mapping, source }, name)
        const parsed = keys.parseHintedName(built)
        expect(parsed.name).toBe(name)
        expect(parsed.hints).toEqual({ format, mapping, source })
      }),
    )
    expect(keys.parseHintedName('source=a/format=csv/x/mapping=b/y.csv')).toEqual({
      hints: { source: 'a', format: 'csv' },
      name: 'x/mapping=b/y.csv',
    })
  })
  test('A clean events key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, hourMs, arrivalMs: timeMs, drop, part: n }),
      keys.cleanEventsKey,
      keys.parseCleanEventsKey,
    ))
  test('A clean entities key parses back to its parts', () => {
    const kind = fc.constantFrom('items' as const, 'users' as const, 'documents' as const)
    holdsRoundTrip(
      fc.record({ scene, kind, arrivalMs: timeMs, drop, part: n }),
      keys.cleanEntitiesKey,
      keys.parseCleanEntitiesKey,
    )
  })
  test('A clean served key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, arrivalMs: timeMs, drop, part: n }),
      keys.cleanServedKey,
      keys.parseCleanServedKey,
    ))
  test('A parity key parses back to its parts', () =>
    holdsRoundTrip(fc.record({ scene, scheduledMs: timeMs }), keys.parityKey, keys.parseParityKey))
  test('A drop manifest key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, arrivalMs: timeMs, drop }),
      (name) => keys.dropManifestKey(name.scene, name),
      keys.parseDropManifestKey,
    ))
  test('A used signature key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({
        scene,
        signedMs: timeMs,
        signature: fc.stringMatching(/^[0-9a-f]{64}$/),
      }),
      keys.usedSignatureKey,
      keys.parseUsedSignatureKey,
    ))
  test('A closed hour key parses back to its parts', () =>
    holdsRoundTrip(
      fc
        .record(
          { scene, hourMs, closedThroughMs: hourMs, accepted: n, of: fc.tuple(n, n) },
          { requiredKeys: ['scene', 'hourMs', 'closedThroughMs', 'accepted'] },
        )
        .map(({ of, ...name }) => (of ? { ...name, shard: of[0], shards: of[1] } : name)),
      keys.closedKey,
      keys.parseClosedKey,
    ))
  test('A counters key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, closedThroughMs: hourMs, piece: n }),
      keys.countersKey,
      keys.parseCountersKey,
    ))
  test('A delta key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, arrivalMs: timeMs, drop }),
      keys.deltaKey,
      keys.parseDeltaKey,
    ))
  test('A states key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, series: hex(8), closedThroughMs: hourMs, piece: n }),
      keys.statesKey,
      keys.parseStatesKey,
    ))
  test('A closing account key is recognised among the files of a closing', () =>
    fc.assert(
      fc.property(scene, hourMs, n, (scene, throughMs, piece) => {
        expect(keys.isClosingAccountKey(keys.closingAccountKey(scene, throughMs, piece))).toBe(true)
        expect(keys.isClosingAccountKey(keys.closingPlanKey(scene, throughMs))).toBe(false)
        expect(keys.isClosingAccountKey(keys.closingCommitKey(scene, throughMs))).toBe(false)
      }),
    ))
  test('A sample set key parses back to its parts', () =>
    holdsRoundTrip(
      fc.record({ scene, fromMs, inputsDigest: hex(64) }),
      keys.sampleManifestKey,
      keys.parseSampleManifestKey,
    ))
  test('A model key parses back to its parts', () => {
    const name = fc.record({ scene, version: fc.constant('daily-20260106-0123abcd') })
    holdsRoundTrip(
      name,
      ({ scene, version }) => keys.versionModelKey(scene, version),
      keys.parseVersionModelKey,
    )
  })
  test('Keys of one family sort in the order of their times', () => {
    fc.assert(
      fc.property(scene, drop, timeMs, timeMs, (scene, drop, a, b) => {
        const key = (arrivalMs: number) => keys.dropManifestKey(scene, { arrivalMs, drop })
        expect(Math.sign(a - b)).toBe(key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
      }),
    )
  })
  test('A key of one family is not a key of another', () => {
    const closed = keys.closedKey({
      scene: 'feed',
      hourMs: 0,
      closedThroughMs: DAY_MS,
      accepted: 1,
    })
    expect(keys.parseCleanEventsKey(closed)).toBeNull()
    expect(keys.parseCountersKey(closed)).toBeNull()
    expect(keys.parseRawKey(closed)).toBeNull()
    expect(keys.parseClosedKey('closed/feed/date=2026-01-05/hour=3/1.parquet')).toBeNull()
  })
  test.each([
    ['2026-02-30', '00'],
    ['2026-13-01', '00'],
    ['2026-01-05', '24'],
    ['2026-01-05', '99'],
  ])('A key with an impossible day or hour is refused: %s, %s', (date, hour) => {
    const at = `date=${date}/hour=${hour}`
    const timeMs = '0'.repeat(13)
    const digest = 'a'.repeat(32)
    const clean = `clean/feed/events/${at}/${timeMs}-${digest}-00000.parquet`
    expect(keys.parseCleanEventsKey(clean)).toBeNull()
    expect(keys.parseClosedKey(`closed/feed/${at}/${timeMs}-000000001.parquet`)).toBeNull()
    expect(keys.parseSampleManifestKey(`samples/feed/${at}/${digest}/manifest.json`)).toBeNull()
    const version = `hourly-${date.replaceAll('-', '')}${hour}-aaaaaaaa`
    expect(keys.parseVersionId(version)).toBeNull()
  })
})

describe('Version and training job names', () => {
  const version = fc.record({
    tier: fc.constantFrom('full', 'daily'),
    dataThroughMs: fromMs,
    digest: hex(8),
  })
  const attempt = fc.integer({ min: 1, max: 9999 })
  test('Version and job names parse back, even for scenes with dashes', () => {
    fc.assert(
      fc.property(scene, version, attempt, (scene, name, attempt) => {
        const id = keys.versionId(name)
        expect(keys.parseVersionId(id)).toEqual(name)
        const job = keys.trainingJobName(scene, id, attempt)
        expect(keys.parseTrainingJobName(job)).toEqual({ scene, version: id, attempt })
      }),
    )
  })
  test('Training job names stay within the 63 characters of SageMaker', () => {
    fc.assert(
      fc.property(scene, version, attempt, (scene, name, attempt) => {
        const job = keys.trainingJobName(scene, keys.versionId(name), attempt)
        expect(job).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/)
      }),
    )
  })
  test('The name of a foreign job gives no version', () => {
    expect(keys.parseTrainingJobName('someone-elses-job')).toBeNull()
    expect(keys.parseTrainingJobName('qm-daily-20260106-0123abcd')).toBeNull()
    for (const attempt of ['a0', 'a1', 'a02', 'a', 'b2', 'a12345'])
      expect(keys.parseTrainingJobName(`qm-feed-daily-20260106-0123abcd-${attempt}`)).toBeNull()
  })
  test('A digest that looks like an attempt is not read as one', () => {
    const version = 'daily-20260106-a1234567'
    expect(keys.parseTrainingJobName(`qm-feed-${version}`)).toMatchObject({ version, attempt: 1 })
    expect(keys.parseTrainingJobName(`qm-feed-${version}-a2`)).toMatchObject({
      version,
      attempt: 2,
    })
  })
  test('A key of a space parses back to its generation', () => {
    const name = fc.record({ scene, digest: hex(8), fenceMs: timeMs })
    fc.assert(
      fc.property(name, timeMs, ({ scene, digest, fenceMs }, closedThroughMs) => {
        const generation = `${digest}-${String(fenceMs).padStart(13, '0')}`
        const own = { scene, generation }
        for (const key of [
          keys.spaceKey(scene, generation, 'items'),
          keys.spaceUsersKey(scene, generation),
          keys.spaceRunKey(scene, generation),
        ]) {
          expect(keys.parseSpaceKey(key)).toEqual(own)
          expect(keys.parsePlacedKey(key)).toBeNull()
        }
        for (const placed of [keys.placedItemsKey, keys.placedUsersKey])
          expect(keys.parsePlacedKey(placed(scene, generation, closedThroughMs))).toEqual({
            ...{ ...own, closedThroughMs },
          })
      }),
    )
  })
  test('The name of a job parses back to its attempt', () => {
    const attempt = fc.integer({ min: 1, max: 9999 })
    const generation = fc
      .tuple(hex(8), timeMs)
      .map(([digest, fenceMs]) => `${digest}-${String(fenceMs).padStart(13, '0')}`)
    holdsRoundTrip(
      fc.record({ scene, generation, attempt }),
      (job) => keys.spaceJobName(job.scene, job.generation, job.attempt),
      keys.parseSpaceJobName,
    )
    expect(
      keys.parseTrainingJobName(keys.spaceJobName('feed', '00000000-0000000000000')),
    ).toBeNull()
  })
})
