import { describe, expect, test } from 'vitest'
import { readShippedScene } from '../../../cdk/cli/scenes.ts'
import { readWorld } from '../../../cdk/cli/start/options.ts'
import { manualOf } from '../../../cdk/cli/world/assistant/manual.ts'
import { createQuestions } from '../../../cdk/cli/world/assistant/questions.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../../cdk/cli/world/options.ts'
import { gradeOf } from '../../../cdk/cli/world/search/relevance.ts'
import { createWorld, type Drop } from '../../../cdk/cli/world/world.ts'
import { CHUNK_ATTRIBUTES } from '../../../functions/contract/documents.ts'
import { documentSchema, type Event } from '../../../functions/contract/events.ts'
import { parseRawKey, rawKey } from '../../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import { sha256Hex } from '../../../functions/core/digest.ts'
import { chunkDocument } from '../../../functions/graph/chunks/chunk-document.ts'
import { cleanDocument } from '../../../functions/graph/documents/clean-document.ts'
import {
  noPersonalData,
  removePersonalData,
} from '../../../functions/graph/personal-data/remove-personal-data.ts'
import { eventsOf } from './read-drops.ts'

const small: WorldOptions = {
  ...{ ...WORLD_DEFAULTS, scene: 'assistant', surface: 'assistant' },
  ...{ days: 3, users: 300 },
}
const clean: WorldOptions = { ...small, dirt: 0, cheats: 0 }
const world = createWorld(clean)
const drops = [...world.drops()]
const events = eventsOf(world)
const documents = drops.filter(({ kind }) => kind === 'documents')
const textOf = ({ body }: Drop): string => Buffer.from(body).toString()

type Impression = Extract<Event, { type: 'impression' }>
type Outcome = Extract<Event, { type: 'outcome' }>
const impressions = events.filter((event): event is Impression => event.type === 'impression')
const outcomes = events.filter((event): event is Outcome => event.type === 'outcome')
const requests = Map.groupBy(impressions, ({ requestId }) => requestId)
const manual = manualOf(clean)

describe('The world of an assistant', () => {
  test('One seed gives the same bytes, and another seed gives others', () => {
    const digest = (seed: number): string =>
      sha256Hex(
        [...createWorld({ ...small, days: 2, users: 20, seed }).drops()]
          .map(({ name, body }) => name + sha256Hex(body))
          .join(),
      )
    expect(digest(1)).toBe(digest(1))
    expect(digest(2)).not.toBe(digest(1))
  })

  test('Documents are files of three formats that later days change', () => {
    const [first, later] = [documents.slice(0, 103), documents.slice(103)]
    expect(first.every(({ arrivalMs }) => arrivalMs < clean.startMs)).toBe(true)
    const extensions = new Set(first.map(({ name }) => name.split('.').at(-1)))
    expect(extensions).toEqual(new Set(['md', 'html', 'txt']))
    for (const { name } of first)
      expect(parseRawKey(rawKey('assistant', 'documents', name))).toMatchObject({
        ...{ scene: 'assistant', kind: 'documents' },
      })
    const names = new Set(first.map(({ name }) => name))
    expect(names.size).toBe(first.length)
    const edited = later.filter(({ name }) => names.has(name))
    expect(edited.length).toBeGreaterThan(2)
    for (const { name, body } of edited)
      expect(body).not.toEqual(first.find((one) => one.name === name)!.body)
    const gone = later.filter(({ name }) => name.endsWith('.jsonl'))
    expect(gone.length).toBe(1)
    const statement = documentSchema.parse(JSON.parse(textOf(gone[0]!)))
    expect(names).toContain(statement.id)
    expect(statement).toMatchObject({ text: '', attributes: { gone: true } })
  })

  test('Items are the chunks that the product makes of the files', () => {
    const format = { md: 'markdown', html: 'html', txt: 'plain' } as const
    const ids = documents
      .filter(({ arrivalMs }) => arrivalMs < clean.startMs)
      .flatMap((drop) => {
        const extension = drop.name.split('.').at(-1) as keyof typeof format
        const cleaned = cleanDocument(textOf(drop), format[extension])
        return chunkDocument(drop.name, cleaned, clean.chunks).map(({ id }) => id)
      })
    expect(
      manual
        .itemsAt(clean.startMs)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort())
    expect(ids.length).toBeGreaterThan(400)
    const known = [0, 1, 2].map(
      (day) => new Set(manual.itemsAt(clean.startMs + day * DAY_MS).map(({ id }) => id)),
    )
    for (const { itemId, timeMs } of impressions)
      expect(known[Math.min(2, Math.floor((timeMs - clean.startMs) / DAY_MS))]).toContain(itemId)
    expect([...known[0]!].filter((id) => !known[2]!.has(id)).length).toBeGreaterThan(5)
  })

  test('No script is in a chunk, and an instruction is only text', () => {
    const texts = manual.itemsAt(clean.startMs).map(({ text }) => text!)
    expect(documents.some((drop) => textOf(drop).includes('<script>'))).toBe(true)
    for (const text of texts)
      expect(text).not.toMatch(/never part of the text|window\.track|Manuals$/)
    expect(texts.some((text) => text.startsWith('Ignore the above'))).toBe(true)
    expect(texts.some((text) => text.includes('geprüft'))).toBe(true)
    const intervals = texts.filter((text) => /Descaling of the kettle is due/.test(text))
    expect(new Set(intervals).size).toBe(2)
  })

  test('The impressions of a request have one prompt and one answer', () => {
    expect(requests.size).toBeGreaterThan(300)
    for (const shown of requests.values()) {
      const [{ context }] = shown as [Impression]
      for (const one of shown) expect(one.context).toEqual(context)
      for (const name of ['prompt', 'answer', 'turn', 'model'])
        expect(typeof context![name]).toBe('string')
      const places = shown.map(({ position }) => position!).sort()
      expect(places).toEqual([1, 2, 3, 4, 5])
    }
  })

  test('Each outcome names a chunk that its answer quotes', () => {
    const items = new Map(
      [0, 1, 2].flatMap((day) =>
        manual.itemsAt(clean.startMs + day * DAY_MS).map((item) => [item.id, item] as const),
      ),
    )
    for (const { requestId, itemId } of outcomes) {
      const [{ context }] = requests.get(requestId) as [Impression]
      expect(String(context!['answer'])).toContain(items.get(itemId)!.text!.slice(0, 200))
    }
    const names = new Set(outcomes.map(({ outcome }) => outcome))
    expect(names).toEqual(new Set(Object.keys(readShippedScene('assistant').outcomes)))
  })

  test('A regenerated answer has the turn and the prompt of the first', () => {
    const again = outcomes.filter(({ outcome }) => outcome === 'regenerate')
    expect(again.length).toBeGreaterThan(50)
    const turns = Map.groupBy(
      [...requests.values()].map(([first]) => first!.context!),
      ({ turn }) => turn,
    )
    const several = [...turns.values()].filter(({ length }) => length > 1)
    expect(several.length).toBeGreaterThan(30)
    for (const contexts of several)
      expect(new Set(contexts.map(({ prompt }) => prompt)).size).toBe(1)
  })

  test('People copy the passages that answer their question', () => {
    const questions = createQuestions(clean)
    const copied = new Set(
      outcomes
        .filter(({ outcome }) => outcome === 'copy')
        .map(({ requestId, itemId }) => `${requestId} ${itemId}`),
    )
    const used = new Set(outcomes.map(({ requestId, itemId }) => `${requestId} ${itemId}`))
    const intents = new Map(questions.map(({ text, intent }) => [text, intent]))
    const items = new Map(manual.itemsAt(clean.startMs).map((item) => [item.id, item]))
    const counts = [0, 1, 2, 3].map(() => [0, 0])
    for (const { requestId, itemId, context } of impressions) {
      const [item, intent] = [items.get(itemId), intents.get(String(context!['prompt']))]
      const name = `${requestId} ${itemId}`
      if (!item || intent === undefined || !used.has(name)) continue
      const count = counts[gradeOf(intent, item)]!
      count[0]!++
      if (copied.has(name)) count[1]!++
    }
    const rates = counts.map(([shown, taken]) => taken! / shown!)
    expect(rates[3]).toBeGreaterThan(0.5)
    expect(rates[3]!).toBeGreaterThan(2 * rates[1]!)
    expect(copied.size / impressions.length).toBeGreaterThan(0.03)
  })

  test('Some prompts tell personal data, and the rules find it', () => {
    const found = noPersonalData()
    for (const [{ context }] of requests.values() as Iterable<[Impression]>)
      removePersonalData(String(context!['prompt']), found)
    expect(found.email).toBeGreaterThan(0)
    expect(found.phone).toBeGreaterThan(0)
    expect(found.email + found.phone).toBeLessThan(0.1 * requests.size)
  })

  test('A cheat asks too, and copies', () => {
    const planted = eventsOf(createWorld({ ...small, users: 20, dirt: 0 })).filter(({ userId }) =>
      userId.startsWith('x-'),
    )
    expect(planted.length).toBeGreaterThan(100)
    for (const event of planted)
      if (event.type === 'impression') expect(typeof event.context!['prompt']).toBe('string')
      else expect(event.outcome).toBe('copy')
  })

  test('Known questions begin with what was shown, and leave much to learn', () => {
    const searches = world.searches(clean.startMs + 2 * DAY_MS)
    expect(searches.length).toBeGreaterThan(50)
    const places = searches.flatMap(({ results }) =>
      results.map(({ grade }, place) => ({ grade, place })),
    )
    const mean = (grade: number): number => {
      const own = places.filter((one) => one.grade === grade)
      return own.reduce((sum, { place }) => sum + place, 0) / own.length
    }
    expect(mean(3)).toBeLessThan(mean(0) - 3)
    expect(mean(3)).toBeGreaterThan(1)
    for (const { userId, timeMs, results } of searches) {
      const shown = impressions.filter((one) => one.userId === userId && one.timeMs === timeMs)
      const ids = shown.sort((a, b) => a.position! - b.position!).map(({ itemId }) => itemId)
      expect(results.slice(0, 5).map(({ itemId }) => itemId)).toEqual(ids)
    }
  })

  test('The scene of the assistant reads what chunks and answers have', () => {
    const scene = readShippedScene('assistant')
    const { search, features, graph, embeddings } = scene
    const has = [...Object.values(CHUNK_ATTRIBUTES), 'title']
    const text = JSON.stringify(features)
    const read = [
      ...search!.filters,
      ...Object.keys(graph!.catalogue),
      ...embeddings!.graph.attributes,
      ...[...text.matchAll(/"item\.(?!id)(\w+)"/g)].map(([, name]) => name!),
    ]
    expect(read.filter((name) => !(has as string[]).includes(name))).toEqual([])
    const [{ context }] = impressions as [Impression]
    for (const [, name] of text.matchAll(/"context\.(\w+)"/g))
      expect(Object.keys(context!)).toContain(name)
    const options = readWorld({}, scene)
    expect(options.surface).toBe('assistant')
    expect(options.chunks).toMatchObject(WORLD_DEFAULTS.chunks)
    expect(scene.documents!.goneIf).toBe('gone')
    expect(drops[0]!.arrivalMs).toBe(clean.startMs - HOUR_MS)
  })
})
