import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import type { Link } from '../../functions/audit/chain.ts'
import { checkKinds } from '../../functions/audit/kinds.ts'
import type { ClosedName } from '../../functions/contract/keys.ts'
import { cleanEntitiesKey, closedKey, sampleManifestKey } from '../../functions/contract/keys.ts'
import {
  ENTITY_COLUMNS,
  EVENT_COLUMNS,
  type EventRow,
  type SampleRow,
} from '../../functions/contract/rows.ts'
import type { PairRow, SequenceRow } from '../../functions/contract/sample-kinds.ts'
import { DAY_MS, floorHour, HOUR_MS } from '../../functions/contract/time.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { commitSampleSet, pinSet, trainingKeys } from '../../functions/samples/commit-set.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeDigest, recipeOf } from '../../functions/samples/recipe.ts'
import { temporaryFolder } from '../cdk/temporary-folder.ts'
import { retryAfterEveryKill } from '../make/breaking.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { readmeBlock } from '../readme/blocks.ts'

const POINTWISE = { negativeRate: 0.5, seed: 3, eventsPerShard: 100_000 }
const KINDS = { pairs: { maxPerSlate: 6 }, sequences: { length: 4, windowHours: 48 } }
const feed = makeScene({
  features: [{ name: 'item', kind: 'category', of: 'item.id' }],
  sampling: { ...POINTWISE, kinds: KINDS },
})
const drawn = makeScene({
  ...feed,
  sampling: {
    ...{ ...POINTWISE, negativeRate: 1, kinds: KINDS },
    negatives: { perPositive: 3, smoothing: 0.75, windowHours: 168 },
  },
})
const TODAY_MS = DAY0_MS + 3 * DAY_MS

/** Three days of closed hours before the set's day, and the day itself: slates of five, some clicked. */
function dropLog(store: MemoryObjects, slates = 160): EventRow[] {
  const uniform = seededUniform(5)
  const rows: EventRow[] = []
  for (let n = 0; n < slates; n++) {
    const timeMs = DAY0_MS + Math.floor(uniform() * 4 * DAY_MS)
    const shown = { user: `u${n % 7}`, request: `r${n}`, timeMs, drop: `d${n}` }
    const first = Math.floor(uniform() * 20)
    for (let place = 0; place < 5; place++) {
      const one = { ...shown, item: `i${(first + place) % 20}`, arrivalMs: timeMs + 60_000 }
      rows.push(makeImpression({ ...one, event: `shown ${n} ${place}` }))
      if (uniform() < 0.3)
        rows.push(makeOutcome({ ...one, event: `click ${n} ${place}`, timeMs: timeMs + 5000 }))
    }
  }
  const byHour = new Map<number, EventRow[]>()
  for (const row of rows) {
    const hourMs = floorHour(row.timeMs)
    byHour.set(hourMs, [...(byHour.get(hourMs) ?? []), row])
  }
  for (const [hourMs, own] of byHour) {
    const through = hourMs + 2 * HOUR_MS
    const name: ClosedName = {
      ...{ scene: 'feed', hourMs },
      ...{ closedThroughMs: through, accepted: own.length },
    }
    store.drop(closedKey(name), writeParquet(EVENT_COLUMNS, own))
  }
  const entity = { attributes: '{}', title: null, text: null, drop: 'items', row: 0 }
  const items = Array.from({ length: 20 }, (_, n) => ({
    ...{ ...entity, id: `i${n}`, knowableMs: DAY0_MS },
  }))
  const drop = '0'.repeat(32)
  store.drop(
    cleanEntitiesKey({ scene: 'feed', kind: 'items', arrivalMs: DAY0_MS, drop, part: 0 }),
    writeParquet(ENTITY_COLUMNS, items),
  )
  return rows
}

const planOf = (store: MemoryObjects, scene = feed) =>
  planSamples(store, scene, {
    ...{ tier: 'daily', dataFromMs: TODAY_MS, dataThroughMs: TODAY_MS + DAY_MS },
    ...{ lateSinceMs: TODAY_MS, exclusions: [], verdicts: null, codeDigest: 'c' },
    closing: {
      scene: 'feed',
      closedThroughMs: TODAY_MS + DAY_MS + 2 * HOUR_MS,
      ...{ previousClosedThroughMs: null, pieces: [], pending: [], consumedDrops: [] },
      drops: { read: 0, accepted: 0, quarantined: {}, refused: {} },
    },
  })

async function madeIn(store: MemoryObjects, scene = feed) {
  const { sets, tasks } = await planOf(store, scene)
  for (const task of tasks) await makeSamples(store, recipeOf(scene), task)
  const manifest = await commitSampleSet(store, 'feed', sets[0]!)
  const read = async <R>(files: readonly { key: string }[]): Promise<R[]> =>
    (await Promise.all(files.map(async ({ key }) => readParquet<R>(await store.get(key))))).flat()
  return {
    manifest,
    task: tasks[0]!,
    samples: await read<SampleRow>(manifest.files),
    pairs: await read<PairRow>(manifest.kinds?.pairs?.files ?? []),
    sequences: await read<SequenceRow>(manifest.kinds?.sequences?.files ?? []),
  }
}

describe('Kinds of samples beside pointwise ones', () => {
  test('A set has pairs and sequences of its own samples, and accounts', async () => {
    const store = memoryObjects()
    const log = dropLog(store)
    const { manifest, samples, pairs, sequences } = await madeIn(store)
    const labels = new Map(samples.map((row) => [row.sample, row.label]))
    const requests = new Map(log.map(({ event, request }) => [event, request]))
    expect(pairs.length).toBeGreaterThan(20)
    for (const { preferred, other } of pairs) {
      expect([labels.get(preferred), labels.get(other)]).toEqual([1, 0])
      expect(requests.get(preferred)).toBe(requests.get(other))
    }
    expect(sequences.map(({ sample }) => sample)).toEqual(samples.map(({ sample }) => sample))
    const { kinds } = manifest
    expect(kinds!.pairs!.account).toMatchObject({ pairs: pairs.length, synthetic: 0 })
    expect(kinds!.sequences!.account.sequences).toBe(samples.length)
    expect(kinds!.sequences!.account.cut).toBeGreaterThan(0)
  })

  test('The join of the README finds both samples of every pair', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { manifest, pairs } = await madeIn(store)
    const folder = temporaryFolder()
    for (const { key } of [...manifest.files, ...manifest.kinds!.pairs!.files])
      writeFileSync(join(folder, basename(key)), await store.get(key))
    const sql = readmeBlock('Kinds', 'JOIN')
    const connection = await (await DuckDBInstance.create()).connect()
    const inFolder = sql.replaceAll(/'([a-z]+-00000.parquet)'/g, `'${folder}/$1'`)
    const result = await connection.runAndReadAll(inFolder)
    expect(result.getRows()).toHaveLength(pairs.length)
    const labels = result.columnNames().flatMap((name, i) => (/^label/.test(name) ? [i] : []))
    for (const row of result.getRows()) expect(labels.map((i) => row[i])).toEqual([1, 0])
  })

  test('Sequences reach back over their whole window, and no further', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { sequences, task } = await madeIn(store)
    const ages = sequences.flatMap(({ timeMs, timesMs }) =>
      (timesMs?.split('\u001f') ?? []).map((ms) => (timeMs - Number(ms)) / HOUR_MS),
    )
    expect(Math.max(...ages)).toBeGreaterThan(24)
    expect(Math.max(...ages)).toBeLessThanOrEqual(48)
    expect(task.historyKeys!.length).toBeGreaterThan(20)
    // Each closed file is read once.
    const read = [task.impressionKeys, task.outcomeKeys, task.contextKeys, task.historyKeys!].flat()
    expect(new Set(read).size).toBe(read.length)
  })

  test('Drawn negatives give pairs with their positive, recorded as synthetic', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { manifest, pairs, samples } = await madeIn(store, drawn)
    const { account } = manifest.kinds!.pairs!
    expect(pairs).toHaveLength(samples.filter(({ label }) => label === 0).length)
    expect(pairs.length).toBeGreaterThan(100)
    expect(account).toMatchObject({ synthetic: pairs.length, withoutSlate: 0, sampledOut: 0 })
    const byId = new Map(samples.map((row) => [row.sample, row]))
    for (const { preferred, other, weight } of pairs) {
      const [positive, negative] = [byId.get(preferred)!, byId.get(other)!]
      expect(positive).toMatchObject({ label: 1, user: negative.user, timeMs: negative.timeMs })
      expect(weight).toBe(negative.weight)
    }
    const { sampling, objective } = drawn
    const chain = [
      {
        row: { scene: 'feed', version: 'full' },
        manifest: { sets: [pinSet(manifest, [])] },
        ...{ sampling, objective, closedKeys: new Map() },
      },
    ] as unknown as Link[]
    const violations: string[] = []
    const counted = await checkKinds(store, chain, (sentence) => void violations.push(sentence))
    expect(violations).toEqual([])
    expect(counted).toEqual({ pairs: pairs.length, sequences: samples.length })
  })

  test('The number of shards changes no pair and no sequence', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { manifest, task, pairs, sequences } = await madeIn(store)
    const set = { ...manifest, inputsDigest: 'f'.repeat(32), shards: 3 }
    for (let shard = 0; shard < 3; shard++)
      await makeSamples(store, recipeOf(feed), { ...task, ...set, shard })
    const sharded = await commitSampleSet(store, 'feed', set)
    const rowsOf = async <R extends object>(
      files: readonly { key: string }[],
      nameOf: (row: R) => string,
    ) => {
      const rows: R[] = []
      for (const { key } of files) rows.push(...(await readParquet<R>(await store.get(key))))
      return rows.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    }
    const pairName = ({ preferred, other }: PairRow) => `${preferred} ${other}`
    const sequenceName = ({ sample }: SequenceRow) => sample
    const byName = <R>(rows: R[], nameOf: (row: R) => string) =>
      rows.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    const { kinds } = sharded
    expect(await rowsOf(kinds!.pairs!.files, pairName)).toEqual(byName(pairs, pairName))
    expect(await rowsOf(kinds!.sequences!.files, sequenceName)).toEqual(
      byName(sequences, sequenceName),
    )
    expect(kinds!.pairs!.account).toEqual(manifest.kinds!.pairs!.account)
    expect(kinds!.sequences!.account).toEqual(manifest.kinds!.sequences!.account)
  })

  test('Work that is killed anywhere and repeated leaves the same bytes', async () => {
    const whole = memoryObjects()
    dropLog(whole, 16)
    const { manifest, task, pairs } = await madeIn(whole)
    const set = { ...manifest, shards: 1 }
    const calls = await retryAfterEveryKill(
      async () => {
        const store = memoryObjects()
        for (const [key, { body }] of whole.contents)
          if (!key.startsWith('samples/')) store.drop(key, body)
        return store
      },
      async (store, wrap) => {
        await makeSamples(wrap(store), recipeOf(feed), task)
        // A second delivery of the same task.
        await makeSamples(wrap(store), recipeOf(feed), task)
        await commitSampleSet(wrap(store), 'feed', set)
      },
      async (store) => store.contents,
      (contents, call) => {
        expect([...contents.keys()].sort(), `${call}`).toEqual([...whole.contents.keys()].sort())
        for (const [key, { body }] of whole.contents)
          if (key.startsWith('samples/')) expect(contents.get(key)!.body, key).toEqual(body)
      },
    )
    expect(calls).toBeGreaterThan(15)
    expect(pairs.length).toBeGreaterThan(0)
    expect(whole.contents.has(sampleManifestKey(manifest))).toBe(true)
  })

  test('A scene without other kinds keeps its names and its files', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { kinds: _kinds, ...sampling } = feed.sampling
    const plain = { ...feed, sampling }
    const { manifest, task } = await madeIn(store, plain)
    expect(manifest).not.toHaveProperty('kinds')
    expect(task).not.toHaveProperty('historyKeys')
    expect([...store.contents.keys()].filter((key) => /pairs|sequences/.test(key))).toEqual([])
  })

  test('Each setting of a kind gives other samples another name', () => {
    const withKinds = (kinds: NonNullable<typeof feed.sampling.kinds>) =>
      recipeDigest({ ...feed, sampling: { ...POINTWISE, kinds } })
    const digests = [
      withKinds({}),
      withKinds({ pairs: { maxPerSlate: 6 } }),
      withKinds({ pairs: { maxPerSlate: 7 } }),
      withKinds({ sequences: { length: 4, windowHours: 48 } }),
      withKinds({ sequences: { length: 5, windowHours: 48 } }),
      withKinds({ sequences: { length: 4, windowHours: 49 } }),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('Only another training image gets the files of other kinds', async () => {
    const store = memoryObjects()
    dropLog(store)
    const { manifest } = await madeIn(store)
    const { files, kinds } = manifest
    expect(trainingKeys([manifest], true)).toEqual(files.map(({ key }) => key))
    expect(trainingKeys([manifest], false)).toEqual(
      [...files, ...kinds!.pairs!.files, ...kinds!.sequences!.files].map(({ key }) => key),
    )
  })
})
