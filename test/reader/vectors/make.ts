import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attributes } from '../../../functions/contract/events.ts'
import { MODEL_PART } from '../../../functions/contract/part.ts'
import {
  type CurrentRow,
  releaseRowSchema,
  releaseSk,
  scenePk,
} from '../../../functions/contract/registry.ts'
import { type EventRow, VALUE_SEPARATOR } from '../../../functions/contract/rows.ts'
import type { ModelConfiguration } from '../../../functions/contract/scene.ts'
import { foldedPk, openAttribute, valuesPk } from '../../../functions/contract/values.ts'
import { decodeModel } from '../../../functions/core/artifact.ts'
import { sha256Hex } from '../../../functions/core/digest.ts'
import { seriesOf, seriesOfFeature } from '../../../functions/features/series.ts'
import { createPseudonyms } from '../../../functions/intake/identity.ts'
import { murmur3, unitInterval } from '../../../functions/math/hash.ts'
import { sigmoid } from '../../../functions/math/logistic.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { openEntity } from '../../../functions/reader/entity-values.ts'
import {
  createEntries,
  createScorer,
  openModel,
  type ServingModel,
} from '../../../functions/reader/model.ts'
import { impressionOf, servingCells } from '../../../functions/reader/slate.ts'
import { createLearner, createModel } from '../../../functions/trainer/model.ts'
import { loadModel, saveModel } from '../../../functions/trainer/storage.ts'
import { FEATURES } from './features.ts'
import { linksVector, servedLinks } from './links.ts'
import { FOLDED, GENRES, makeRow, NOW_MS, type Row, rowText } from './rows.ts'
import { spaceFiles, spacesOf, spaceVector, userRow } from './space.ts'
import { blockVectors, windowVectors } from './states.ts'

/** Makes the test vectors of functions/reader/LAYOUT.md: `node test/reader/vectors/make.ts`. */

const SECRET = 'a secret that is not one'
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
const YEARS = [1999, 0.1, 1e21, 1.5e-7, -12.25, 123456789012345680000, true, 'MMXXVI', 5e-324]
const MADE = [
  1.7e12,
  '2025-12-24',
  '2026-01-07T10:00:00',
  '2026-02-01T10:00:00+02:00',
  'soon',
  null,
]
const QUERIES = ['Ｎews film', 'größe SPORT', ['東京都庁ー', 'film film'], '…', undefined]
const SERIES = seriesOf(FEATURES)

interface Asked {
  user: string
  /** Online rows by their key without the scene. A row that is not here does not exist. */
  rows: Map<string, Row>
  request: {
    user: string
    timeMs: number
    context?: Attributes
    items: { item: string; position?: number }[]
  }
}

const itemAttributes = (n: number, pick: <T>(from: readonly T[]) => T): Attributes => {
  const made = pick(MADE)
  return {
    genres: n % 4 ? GENRES.slice(n % 5, (n % 5) + (n % 3)) : 'film',
    year: YEARS[n % YEARS.length]!,
    ...(n % 5 ? { price: pick([0, 5, 7.5, -2, 5]) } : { price: 'free' }),
    ...(made === null ? {} : { made }),
    name: pick(['News of the ﬁlm', 'SPORT, größe 12', '?']),
  }
}

/** A slate of three items, and most of the rows that its features read. */
function makeAsked(n: number, uniform: () => number): Asked {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(uniform() * from.length)]!
  const raw = `person-${Math.floor(uniform() * 6)}`
  const user = pseudonymize('user', raw)
  const [device, query] = [pick(DEVICES), pick(QUERIES)]
  const items = [0, 1, 2].map((place) => ({
    item: `i${3 * place + Math.floor(uniform() * 3)}`,
    ...(n % 3 ? { position: 1 + place } : {}),
  }))
  const rows = new Map<string, Row>()
  const add = (entity: string, id: string, attributes: object | null = null): void => {
    const series = SERIES.filter((one) => one.entity === entity)
    if (uniform() < 0.85) rows.set(`${entity}#${id}`, makeRow(uniform, series, attributes))
  }
  if (n % 4 !== 2) add('user', user, n % 5 ? { adult: n % 2 === 0 } : null)
  items.forEach(({ item }, place) => {
    add('item', item, itemAttributes(n + 2 * place, pick))
    add('user+item', `${user}${VALUE_SEPARATOR}${item}`)
  })
  if (n % 4 !== 3) rows.set(...userRow(user))
  for (const genre of GENRES) add('item.genres', genre)
  if (device) add('context.device', device.toWellFormed())
  const context = {
    ...(device === undefined ? {} : { device }),
    ...(query === undefined ? {} : { query }),
  }
  return { user, rows, request: { user: raw, timeMs: NOW_MS, context, items } }
}

const throwFault = (fault: unknown): never => {
  throw fault
}

/** The cells of each item of the slate. */
function cellsOf({ user, rows, request }: Asked, release: string) {
  const valuesOf = (entity: string, id: string) =>
    openEntity(rows.get(`${entity}#${id}`) ?? {}, FOLDED, throwFault)
  const impressions: EventRow[] = request.items.map((item) =>
    impressionOf(request, user, release, item),
  )
  return servingCells(FEATURES, impressions, {
    stateOf: (series, id, ...window) => valuesOf(series.entity, id).stateOf(series, ...window),
    bucketsOf: (series, id, ...window) => valuesOf(series.entity, id).bucketsOf(series, ...window),
    items: { attributesOf: (id, timeMs) => valuesOf('item', id).attributesOf(timeMs) },
    users: { attributesOf: (id, timeMs) => valuesOf('user', id).attributesOf(timeMs) },
    spaces: spacesOf(rows),
    links: servedLinks,
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
    for (const cells of rows.flatMap((one) => cellsOf(one, 'earlier'))) {
      const { slots, values, count } = entriesOf(cells)
      learner.learn(slots, values, 0, count, uniform() < 0.3 ? 1 : 0, 0)
    }
  }
  learn(asked.slice(0, 12))
  const base = saveModel(model, headerOf(`${configuration.kind}-base`, null))
  const before = loadModel(decodeModel(base), configuration, FEATURES)
  learn(asked.slice(12, 17))
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
  { vector: 'key', of: ['values', 'feed', 'item', 'i#1'], key: valuesPk('feed', 'item', 'i#1') },
  { vector: 'key', of: ['folded', 'feed'], key: foldedPk('feed') },
  {
    ...{ vector: 'key', of: ['open', 1234, '0123456789abcdef'.repeat(2)] },
    key: openAttribute(1234, '0123456789abcdef'.repeat(2)),
  },
]
const seriesVectors = (): object[] =>
  FEATURES.map((feature) => ({
    vector: 'series',
    feature,
    ids: seriesOfFeature(feature).map(({ id }) => id),
  }))
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
function scoreVectors(asked: readonly Asked[], files: Record<string, Uint8Array>): object[] {
  return CONFIGURATIONS.flatMap(({ kind }) => {
    const base = decodeBase(files[`${kind}.base.qmm`]!).model
    const delta = openModel(decodeModel(files[`${kind}.delta.qmm`]!), base)
    return (['base', 'delta'] as const).flatMap((which) => {
      const model = which === 'base' ? base : delta
      const [logitOf, entriesOf] = [createScorer(model), createEntries(model)]
      const own = which === 'base' ? asked.slice(14, 24) : asked.slice(24, 34)
      return own.map((one) => {
        const cells = cellsOf(one, model.header.version)
        const scored = cells.map((row) => {
          const { slots, values, count } = entriesOf(row)
          const entries = Array.from({ length: count }, (_, i) => [slots[i], values[i]])
          const logit = logitOf(row)
          return { cells: row, entries, logit, probability: sigmoid(logit) }
        })
        const rows = Object.fromEntries([...one.rows].map(([key, row]) => [key, rowText(row)]))
        const table = { folded: FOLDED, rows, request: one.request }
        return { vector: 'score', model: `${kind}.${which}.qmm`, ...table, items: scored }
      })
    })
  })
}

/** Every file of the vectors, by name. The same bytes each time. */
export function makeVectors(): Record<string, Uint8Array> {
  const uniform = seededUniform(20)
  const asked = Array.from({ length: 34 }, (_, n) => makeAsked(n, uniform))
  const files: Record<string, Uint8Array> = { ...spaceFiles }
  for (const configuration of CONFIGURATIONS) {
    const { base, delta } = makeModels(configuration, asked)
    files[`${configuration.kind}.base.qmm`] = base
    files[`${configuration.kind}.delta.qmm`] = delta
  }
  const models = Object.entries(files).filter(([name]) => name.endsWith('.qmm'))
  const artifacts = models.map(([file, bytes]) => ({
    ...{ vector: 'artifact', file, sha256: sha256Hex(bytes) },
    base: file.includes('delta') ? file.replace('delta', 'base') : null,
  }))
  const vectors = [
    ...[hashVectors(), keyVectors(), pseudonymVectors(), canaryVectors()].flat(),
    ...[releaseVectors(), seriesVectors(), blockVectors(), windowVectors()].flat(),
    ...[spaceVector, linksVector, ...artifacts, ...scoreVectors(asked, files)],
  ]
  const lines = vectors.map((vector) => `${JSON.stringify(vector)}\n`).join('')
  return { ...files, 'vectors.jsonl': new TextEncoder().encode(lines) }
}

if (import.meta.main)
  for (const [name, bytes] of Object.entries(makeVectors()))
    writeFileSync(join(import.meta.dirname, name), bytes)
