import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import { spaceKey, spaceUsersKey } from '../../functions/contract/keys.ts'
import { MODEL_PART, type Parts, SPACE_PART } from '../../functions/contract/part.ts'
import type { SpaceKind, VectorTable } from '../../functions/contract/space.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { encodeSpace } from '../../functions/core/space.ts'
import { publishGeneration } from '../../functions/embeddings/publish.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { slateCells } from '../../functions/features/cells.ts'
import { openSpaces } from '../../functions/features/spaces.ts'
import { textVector } from '../../functions/math/text-vector.ts'
import { openItemLinks } from '../../functions/reader/item-links.ts'
import { openModel } from '../../functions/reader/model.ts'
import { openSlates } from '../../functions/reader/score-slate.ts'
import { openSpaceScores } from '../../functions/reader/space-scores.ts'
import { openValues } from '../../functions/reader/values.ts'
import { createModel } from '../../functions/trainer/model.ts'
import { saveModel } from '../../functions/trainer/storage.ts'
import { makeImpression } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeTable } from '../make/space.ts'

const GENERATION = 'g'
const KEY = spaceKey('feed', GENERATION, 'items')
const CONTENT_DIMENSIONS = 36
const USERS = ['u', 'v']
const FEATURES: Feature[] = [
  { name: 'fit', kind: 'space-score' },
  { name: 'match', kind: 'content-match', query: 'context.query' },
  { name: 'rank', kind: 'slate', of: 'match', measure: 'rank' },
]
const BOTH = { scores: true, content: true }

const encode = (kind: SpaceKind, table: VectorTable): Uint8Array =>
  encodeSpace(
    {
      ...{ kind, scene: 'feed', generation: GENERATION, dimensions: 8 },
      ...{ contentDimensions: CONTENT_DIMENSIONS, popularityWeight: 0.3, dataFromMs: 0 },
      ...{ dataThroughMs: 1, alignedTo: null, hyperparameters: {}, codeDigest: 'c' },
      ...{ configurationDigest: 'd', graphDigest: 'e' },
    },
    table,
  )

/** A generation whose items have the content of these texts, as it is published, and its release. */
async function publish(texts: readonly string[]) {
  const models = memoryObjects()
  const online = memoryTable()
  const ids = texts.map((_, n) => `i${String(n).padStart(3, '0')}`)
  const content = new Float32Array(ids.length * CONTENT_DIMENSIONS)
  for (const [row, text] of texts.entries())
    content.set(textVector(text, CONTENT_DIMENSIONS) ?? [], row * CONTENT_DIMENSIONS)
  const items = { ...makeTable(ids, 1, true), content }
  const users = makeTable(USERS, 2, false)
  const bytes = encode('items', items)
  await models.put(KEY, bytes)
  await models.put(spaceUsersKey('feed', GENERATION), encode('users', users))
  const published = [
    { kind: 'item' as const, table: items, lists: [], closedThroughMs: 1 },
    { kind: 'user' as const, table: users, lists: [], closedThroughMs: 1 },
  ]
  await publishGeneration(online, { scene: 'feed', generation: GENERATION }, published, [], 1)
  const part = { key: KEY, sha256: sha256Hex(bytes), kind: 'object', base: null, throughMs: 1 }
  const parts: Parts = { [SPACE_PART]: { ...part, generation: GENERATION } }
  return { models, online, ids, parts }
}
type Published = Awaited<ReturnType<typeof publish>>

const openReader = ({ models, online }: Published) =>
  openSpaceScores({ scene: 'feed', models, online, maxUsers: 9 })
const openSamples = ({ models }: Published, reads = BOTH) =>
  openSpaces(models, 'feed', [{ sinceMs: 0, generation: GENERATION }], reads)

test('The reader and samples have equal scores and matches', async () => {
  const word = fc.constantFrom('red', 'lamp', 'lamps', 'größe', '東京都', '…', '12')
  const text = fc
    .array(fc.oneof(word, fc.string({ unit: 'grapheme', maxLength: 6 })), { maxLength: 5 })
    .map((words) => words.join(' '))
  let matches = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 6 }),
      fc.array(text, { minLength: 1, maxLength: 4 }),
      async (texts, queries) => {
        const published = await publish(texts)
        const [samples, spacesOf] = [await openSamples(published), openReader(published)]
        for (const user of [...USERS, 'unknown']) {
          const spaces = (await spacesOf(published.parts, user, BOTH))!
          for (const item of [...published.ids, 'unknown']) {
            expect(spaces.scoreOf(user, item, 5)).toBe(samples.scoreOf(user, item, 5))
            for (const query of queries) {
              const match = samples.contentMatchOf(query, item, 5)
              expect(spaces.contentMatchOf(query, item, 5)).toBe(match)
              if (match !== null) matches++
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  )
  expect(matches).toBeGreaterThan(100)
})

/** Scores slates with an untrained model of both kinds of feature, and logs all cells. */
function openScorer(published: Published, put: (line: string) => void) {
  const linear = { hashBits: 10, alpha: 0.1, beta: 1, l1: 0, l2: 0, seed: 1 }
  const header = {
    ...{ scene: 'feed', version: 'v', parent: null, deltaOf: null, features: FEATURES },
    ...{ codeDigest: 'c', configurationDigest: 'd', manifestDigest: 'm', deterministic: true },
  }
  const trained = createModel({ kind: 'logistic', ...linear, youngLabels: 'none' })
  const model = openModel(decodeModel(saveModel(trained, header)), null)
  const { online, parts } = published
  const onFault = (fault: unknown): never => {
    throw fault
  }
  return openSlates({
    ...{ scene: 'feed', onFault, identify: (user) => user, logCells: { share: 1, seed: 1, put } },
    releaseOf: () => ({ version: 'v', sequence: 1, parts, opened: { [MODEL_PART]: model } }),
    values: openValues({ scene: 'feed', online, valuesMs: 1, maxEntities: 9, onFault }),
    spaceScores: openReader(published),
    itemLinks: openItemLinks({ ...published, scene: 'feed' }),
  })
}

test('The cells of a served slate are those of samples', async () => {
  const published = await publish(['red lamp', '', 'lamps of größe', 'sofa'])
  const lines: string[] = []
  const scoreSlate = openScorer(published, (line) => lines.push(line))
  const none = indexCatalogue([])
  const values = { bucketsOf: () => [], stateOf: () => null, items: none, users: none }
  const spaces = await openSamples(published)
  for (const query of ['red lamp', ['größe', 'lamp'], '…', undefined]) {
    const slate = { user: 'u', timeMs: 5, ...(query && { context: { query } }) }
    const items = [...published.ids, 'unknown'].map((item) => ({ item }))
    await scoreSlate({ ...slate, items })
    // Lines are put one after another while the slate is answered.
    await new Promise(setImmediate)
    const context = query ? JSON.stringify({ query }) : null
    const rows = items.map((item) => makeImpression({ ...item, user: 'u', timeMs: 5, context }))
    const expected = slateCells(FEATURES, rows, { ...values, spaces })
    const served = lines.splice(0).map((line) => JSON.parse(line).cells as object)
    expect(served).toEqual(
      expected.map((cells) => ({
        ...{ fit: cells['f_fit'], match: cells['f_match'], rank: cells['f_rank'] },
      })),
    )
  }
})

test('Matches alone cost no read of a user', async () => {
  const published = await publish(['red lamp', 'sofa'])
  const online = { get: () => Promise.reject(new Error('the table was read')) }
  const spacesOf = openSpaceScores({ ...published, scene: 'feed', online, maxUsers: 9 })
  const content = { scores: false, content: true }
  const spaces = (await spacesOf(published.parts, 'u', content))!
  const samples = await openSamples(published, content)
  expect(spaces.contentMatchOf('lamp', 'i000', 5)).toBe(samples.contentMatchOf('lamp', 'i000', 5))
  expect(spaces.contentMatchOf('lamp', 'i000', 5)).toBeGreaterThan(0.5)
  expect(spaces.scoreOf('u', 'i000', 5)).toBeNull()
})

test('A generation is read once for each choice of content', async () => {
  const published = await publish(['red lamp'])
  const gets: string[] = []
  const get = (key: string) => {
    gets.push(key)
    return published.models.get(key)
  }
  const spacesOf = openReader({ ...published, models: { ...published.models, get } })
  const scores = { scores: true, content: false }
  for (const reads of [scores, BOTH, scores, BOTH]) {
    const spaces = (await spacesOf(published.parts, 'u', reads))!
    expect(spaces.contentMatchOf('lamp', 'i000', 5) !== null).toBe(reads.content)
    expect(spaces.scoreOf('u', 'i000', 5)).toEqual(expect.any(Number))
  }
  expect(gets).toEqual([KEY, KEY])
})
