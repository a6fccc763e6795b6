import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attributes } from '../../../functions/contract/events.ts'
import { MODEL_PART } from '../../../functions/contract/part.ts'
import {
  bucketSk,
  type CurrentRow,
  entityPk,
  releaseRowSchema,
  releaseSk,
  STATEMENT_SK,
  scenePk,
  statementOrder,
} from '../../../functions/contract/registry.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Feature, ModelConfiguration } from '../../../functions/contract/scene.ts'
import { HOUR_MS } from '../../../functions/contract/time.ts'
import { decodeModel } from '../../../functions/core/artifact.ts'
import { sha256Hex } from '../../../functions/core/digest.ts'
import { createPseudonyms } from '../../../functions/intake/identity.ts'
import { murmur3, unitInterval } from '../../../functions/math/hash.ts'
import { sigmoid } from '../../../functions/math/logistic.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import {
  createEntries,
  createScorer,
  openModel,
  type ServingModel,
} from '../../../functions/reader/model.ts'
import { impressionOf, servingCells } from '../../../functions/reader/slate.ts'
import { entityValues } from '../../../functions/reader/values.ts'
import { createLearner, createModel } from '../../../functions/trainer/model.ts'
import { loadModel, saveModel } from '../../../functions/trainer/storage.ts'

/** Makes the test vectors of functions/reader/LAYOUT.md: `node test/reader/vectors/make.ts`. */

const NOW_MS = Date.UTC(2026, 0, 8, 14, 25, 36, 789)
const NOW_HOUR = Math.floor(NOW_MS / HOUR_MS)
const SECRET = 'a secret that is not one'
const FEATURES: Feature[] = [
  { name: 'user', kind: 'category', of: 'user.id' },
  { name: 'item', kind: 'category', of: 'item.id' },
  { name: 'genres', kind: 'category', of: 'item.genres' },
  { name: 'year', kind: 'category', of: 'item.year' },
  { name: 'adult', kind: 'category', of: 'user.adult' },
  { name: 'device', kind: 'category', of: 'context.device' },
  { name: 'position', kind: 'category', of: 'impression.position' },
  { name: 'release', kind: 'category', of: 'impression.release' },
  { name: 'hour', kind: 'category', of: 'time.hour-of-day' },
  { name: 'weekday', kind: 'category', of: 'time.day-of-week' },
  { name: 'device_genres', kind: 'cross', of: ['device', 'genres'] },
  { name: 'shown_24h', kind: 'count', entity: 'item', event: 'impression', windowHours: 24 },
  { name: 'clicks_48h', kind: 'count', entity: 'user', event: 'click', windowHours: 48 },
  {
    ...{ name: 'click_rate_48h', kind: 'rate', entity: 'item', outcome: 'click' },
    ...{ windowHours: 48, priorRate: 0.08, priorStrength: 20 },
  },
]
const LINEAR = { hashBits: 10, alpha: 0.3, beta: 1, l1: 0.01, l2: 0.1, seed: 2 }
const CONFIGURATIONS: ModelConfiguration[] = [
  { kind: 'logistic', ...LINEAR, youngLabels: 'none' },
  {
    ...{ kind: 'factorization-machine', ...LINEAR, youngLabels: 'none' },
    ...{ factors: 3, factorAlpha: 0.1, factorL2: 0.001, factorInit: 0.2 },
  },
]

const pseudonymize = createPseudonyms(SECRET, 'feed')
const DEVICES = ['phone', 'größe 📱', 'cut \ud800', '', undefined]
const GENRES = ['news', 'sport', 'film', 'musik ♫']
const YEARS = [1999, 0.1, 1e21, 1.5e-7, -12.25, 123456789012345680000, true, 'MMXXVI', 5e-324]

type Rows = (Record<string, unknown> & { sk: string })[]
interface Asked {
  user: string
  item: string
  userRows: Rows
  itemRows: Rows
  request: { user: string; timeMs: number; context?: Attributes; item: string; position?: number }
}

/** Rows of one entity's partition: a few closings, and mostly a statement. */
function makeRows(uniform: () => number, attributes: Attributes | null, isAhead: boolean): Rows {
  const closings = Math.floor(uniform() * 4)
  const rows: Rows = Array.from({ length: closings }, (_, n) => {
    const counts: Record<string, Record<string, number>> = {}
    for (const event of ['impression', 'click'])
      counts[event] = Object.fromEntries(
        Array.from({ length: 3 }, () => [
          String(NOW_HOUR - Math.floor(uniform() * 52)),
          1 + Math.floor(uniform() * 40),
        ]),
      )
    const closedThroughMs = (NOW_HOUR - 12 * n) * HOUR_MS
    return { sk: bucketSk(closedThroughMs), counts, expiresAt: NOW_HOUR * 3600 + 700_000 }
  }).reverse()
  if (attributes) {
    const knowableMs = isAhead ? NOW_MS : NOW_MS - 1
    const order = statementOrder({ knowableMs, drop: '0'.repeat(32), row: 3 })
    rows.push({ sk: STATEMENT_SK, order, knowableMs, attributes: JSON.stringify(attributes) })
  }
  return rows
}

function makeAsked(n: number, uniform: () => number): Asked {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(uniform() * from.length)]!
  const raw = `person-${Math.floor(uniform() * 6)}`
  const device = pick(DEVICES)
  const item = `i${Math.floor(uniform() * 9)}`
  const genres = GENRES.slice(0, Math.floor(uniform() * 4))
  const itemAttributes = {
    ...(n % 4 ? { genres } : { genres: 'solo' }),
    year: YEARS[n % YEARS.length]!,
  }
  return {
    user: pseudonymize('user', raw),
    item,
    userRows: makeRows(uniform, n % 5 ? { adult: n % 2 === 0 } : null, false),
    itemRows: makeRows(uniform, n % 7 ? itemAttributes : null, n % 11 === 0),
    request: {
      ...{ user: raw, timeMs: NOW_MS, item },
      ...(device === undefined ? {} : { context: { device } }),
      ...(n % 3 ? { position: 1 + (n % 20) } : {}),
    },
  }
}

function cellsOf({ user, item, userRows, itemRows, request }: Asked, release: string) {
  const values = {
    user: entityValues('user', user, userRows),
    item: entityValues('item', item, itemRows),
  }
  const { timeMs, context, position } = request
  const slate = { user: request.user, timeMs, context, items: [] }
  const row: EventRow = impressionOf(slate, user, release, { item, position })
  return servingCells(FEATURES, row, {
    counts: {
      count: (kind, ...asked) => values[kind as 'user' | 'item'].counts.count(kind, ...asked),
    },
    items: values.item.catalogue,
    users: values.user.catalogue,
  })
}

const headerOf = (version: string, deltaOf: string | null) => ({
  ...{ scene: 'feed', version, parent: deltaOf, deltaOf, features: FEATURES },
  ...{ codeDigest: 'c0de', configurationDigest: 'c0nf', manifestDigest: 'man1' },
  deterministic: true,
})

/** A base trained on some rows, and a delta upon it, trained on others. */
function makeModels(configuration: ModelConfiguration, asked: readonly Asked[]) {
  const uniform = seededUniform(4)
  const model = createModel(configuration)
  const learner = createLearner(model)
  const { header: _header, ...shape } = decodeBase(saveModel(model, headerOf('untrained', null)))
  const entriesOf = createEntries(shape.model)
  const learn = (rows: readonly Asked[]): void => {
    for (const one of rows) {
      const { slots, values, count } = entriesOf(cellsOf(one, 'earlier'))
      learner.learn(slots, values, 0, count, uniform() < 0.3 ? 1 : 0, 0)
    }
  }
  learn(asked.slice(0, 40))
  const base = saveModel(model, headerOf(`${configuration.kind}-base`, null))
  const before = loadModel(decodeModel(base), configuration, FEATURES)
  learn(asked.slice(40, 55))
  const delta = saveModel(
    model,
    headerOf(`${configuration.kind}-delta`, `${configuration.kind}-base`),
    before,
  )
  return { base, delta }
}
function decodeBase(bytes: Uint8Array): { header: unknown; model: ServingModel } {
  const artifact = decodeModel(bytes)
  return { header: artifact.header, model: openModel(artifact, null) }
}

const hashVectors = (): object[] =>
  ['', 'a', 'ab', 'abc', 'item=i1', 'größe', '📱', '\u0000missing', 'a\u001fb'].flatMap((text) =>
    [0, 17, -5].map((seed) => ({
      ...{ vector: 'murmur3', text, seed, hash: murmur3(text, seed) },
      unitInterval: unitInterval(text, seed),
    })),
  )
const keyVectors = (): object[] => [
  { vector: 'key', of: ['scene', 'feed'], key: scenePk('feed') },
  { vector: 'key', of: ['release', 12], key: releaseSk(12) },
  { vector: 'key', of: ['entity', 'feed', 'item', 'i#1'], key: entityPk('feed', 'item', 'i#1') },
  { vector: 'key', of: ['bucket', NOW_MS], key: bucketSk(NOW_MS) },
]
/** Release rows as they are written, and as they were before parts had names. */
function releaseVectors(): object[] {
  const [key, baseKey] = ['models/feed/v12/model.qmm', 'models/feed/v11/model.qmm']
  const [sha256, baseSha256] = [sha256Hex('v12'), sha256Hex('v11')]
  const release = { scene: 'feed', sequence: 12, version: 'v12', dataThroughMs: NOW_MS }
  const model = { key, sha256, kind: 'object', generation: 'v12', throughMs: NOW_MS }
  const base = { key: baseKey, sha256: baseSha256, generation: 'v11' }
  const later = { ...model, key: 'models/feed/v12/later.bin', kind: 'of later', base: null }
  const named = { ...release, preparedMs: NOW_MS, fence: 3 }
  const flat = {
    ...{ ...release, modelKey: key, modelSha256: sha256, featureGeneration: 'g' },
    ...{ countsThroughMs: NOW_MS, preparedMs: NOW_MS },
  }
  const rows = [
    { ...named, parts: { model: { ...model, base: null }, later } },
    { ...named, parts: { later, model: { ...model, base } } },
    { ...flat, base: null },
    { ...flat, base: { version: 'v11', modelKey: baseKey, modelSha256: baseSha256 }, fence: 3 },
  ]
  return rows.map((row) => ({
    ...{ vector: 'release', row },
    model: releaseRowSchema.parse(row).parts[MODEL_PART],
  }))
}
const pseudonymVectors = (): object[] =>
  ['person-1', 'größe', '📱'].map((raw) => ({
    ...{ vector: 'pseudonym', secret: SECRET, scene: 'feed', raw },
    pseudonym: pseudonymize('user', raw),
  }))
const canaryVectors = (): object[] =>
  Array.from({ length: 12 }, (_, n) => {
    const user = pseudonymize('user', `person-${n}`)
    const canary: CurrentRow['canary'] =
      n % 4 === 3
        ? null
        : { sequence: 8, version: 'v8', share: 0.35, seed: n % 2 ? -9 : 40, sinceMs: NOW_MS }
    const isTried = canary !== null && unitInterval(user, canary.seed) < canary.share
    return { vector: 'canary', current: { sequence: 7, canary }, user, sequence: isTried ? 8 : 7 }
  })
function windowVectors(): object[] {
  const uniform = seededUniform(12)
  return Array.from({ length: 12 }, (_, n) => {
    const rows = makeRows(uniform, null, false)
    const windowHours = 1 + Math.floor(uniform() * 50)
    const timeMs = NOW_MS - n * 1_234_567
    const { counts } = entityValues('item', 'i1', rows)
    const count = counts.count('item', 'i1', 'click', timeMs, windowHours)
    return { vector: 'window', rows, event: 'click', timeMs, windowHours, count }
  })
}
function scoreVectors(asked: readonly Asked[], files: Record<string, Uint8Array>): object[] {
  return CONFIGURATIONS.flatMap(({ kind }) => {
    const base = decodeBase(files[`${kind}.base.qmm`]!).model
    const delta = openModel(decodeModel(files[`${kind}.delta.qmm`]!), base)
    return (['base', 'delta'] as const).flatMap((which) => {
      const model = which === 'base' ? base : delta
      const [logitOf, entriesOf] = [createScorer(model), createEntries(model)]
      return asked.slice(44).map((one) => {
        const cells = cellsOf(one, model.header.version)
        const { slots, values, count } = entriesOf(cells)
        const entries = Array.from({ length: count }, (_, i) => [slots[i], values[i]])
        const logit = logitOf(cells)
        const { userRows, itemRows, request } = one
        const table = { userRows, itemRows, request }
        const scored = { cells, entries, logit, probability: sigmoid(logit) }
        return { vector: 'score', model: `${kind}.${which}.qmm`, ...table, ...scored }
      })
    })
  })
}

/** Every file of the vectors, by name. The same bytes each time. */
export function makeVectors(): Record<string, Uint8Array> {
  const uniform = seededUniform(20)
  const asked = Array.from({ length: 60 }, (_, n) => makeAsked(n, uniform))
  const files: Record<string, Uint8Array> = {}
  for (const configuration of CONFIGURATIONS) {
    const { base, delta } = makeModels(configuration, asked)
    files[`${configuration.kind}.base.qmm`] = base
    files[`${configuration.kind}.delta.qmm`] = delta
  }
  const artifacts = Object.entries(files).map(([file, bytes]) => ({
    ...{ vector: 'artifact', file, sha256: sha256Hex(bytes) },
    base: file.includes('delta') ? file.replace('delta', 'base') : null,
  }))
  const vectors = [
    ...[hashVectors(), keyVectors(), pseudonymVectors(), canaryVectors(), windowVectors()].flat(),
    ...releaseVectors(),
    ...[...artifacts, ...scoreVectors(asked, files)],
  ]
  const lines = vectors.map((vector) => `${JSON.stringify(vector)}\n`).join('')
  return { ...files, 'vectors.jsonl': new TextEncoder().encode(lines) }
}

if (import.meta.main)
  for (const [name, bytes] of Object.entries(makeVectors()))
    writeFileSync(join(import.meta.dirname, name), bytes)
