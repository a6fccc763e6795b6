import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { type DropManifest, dropManifestSchema } from '../../functions/contract/accounts.ts'
import { CHUNK_ATTRIBUTES } from '../../functions/contract/documents.ts'
import { entityRowSchema } from '../../functions/contract/graph.ts'
import { entitySk } from '../../functions/contract/graph-rows.ts'
import {
  cleanEntitiesPrefix,
  dropManifestPrefix,
  entityPk,
  GRAPH_EXPORTS,
  type GraphExport,
  graphExportKey,
  rawKey,
} from '../../functions/contract/keys.ts'
import { GRAPH_PART } from '../../functions/contract/part.ts'
import { CURRENT_SK, releaseSk, scenePk } from '../../functions/contract/registry.ts'
import type { EntityRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import type { FoldedGraph } from '../../functions/graph/fold-graph.ts'
import type { FoundHits } from '../../functions/reader/found.ts'
import type { Passages } from '../../functions/reader/passages.ts'
import { graph as graphPart } from '../../functions/release/parts/graph.ts'
import { AS_BY_COMMAND, synthesize } from '../cdk/synthesized.ts'
import { temporaryFolder } from '../cdk/temporary-folder.ts'
import {
  EDITED,
  FORMER,
  NOTES,
  PAGE,
  PDF,
  PLAIN,
  PRODUCTS,
  SCAN,
} from '../make/coffee-documents.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { releaseOf } from '../make/releases.ts'
import { digestsOf, rowsOf } from '../system/run-world.ts'

const SCENE = 'assistant'
/** After the hourly runs, so that none of them begins meanwhile. */
const START_MS = Date.parse('2026-01-05T11:16:00Z')

let cloud: Cloud
beforeAll(async () => {
  const assembly = synthesize({
    scenes: SCENE,
    ...AS_BY_COMMAND,
  })
  cloud = await startCloud({ assembly, root: temporaryFolder(), startMs: START_MS, seed: 1 })
})
afterAll(() => cloud?.close())

/** Drops objects in one minute of their own, and waits until all that follows is done. */
async function drop(
  kind: 'documents' | 'items',
  files: Record<string, string | Uint8Array>,
): Promise<void> {
  await cloud.clock.advanceTo(cloud.clock.now() + MINUTE_MS)
  for (const [name, body] of Object.entries(files))
    await cloud.dropRaw(rawKey(SCENE, kind, name), Buffer.from(body))
  await cloud.clock.drain()
}

async function invoke<Answer>(stage: string, input: object): Promise<Answer> {
  const { name } = cloud.declarations.functions.find((one) => one.stage === stage)!
  const { payload, functionError } = await cloud.functions.invoke(name, { scene: SCENE, ...input })
  if (functionError) throw new Error(JSON.stringify(payload))
  return payload as Answer
}
/** All drops so far have arrived by then. */
const scheduled = () => ({ scheduledTime: isoSeconds(cloud.clock.now() + HOUR_MS) })
const search = (query: string, document?: string) =>
  invoke<FoundHits>('search', {
    ...{ query, documents: true, limit: 50 },
    ...(document && { filters: { document: [document] } }),
  })
/** Chunks of the guide: all of them have the word. */
const guideChunks = async () => (await search('coffee', 'guide.md')).hits

async function manifests(): Promise<DropManifest[]> {
  const listed = await cloud.lake.list(dropManifestPrefix(SCENE))
  return Promise.all(listed.map(({ key }) => getJson(cloud.lake, key, dropManifestSchema)))
}
async function cleanItems(): Promise<EntityRow[]> {
  const listed = await cloud.lake.list(cleanEntitiesPrefix(SCENE, 'items'))
  const files = listed.map(async ({ key }) => readParquet<EntityRow>(await cloud.lake.get(key)))
  return (await Promise.all(files)).flat()
}

describe('documents on the local cloud', () => {
  test('Every file is accounted, and a scan without text is refused', async () => {
    await drop('items', { 'products.jsonl': PRODUCTS.map((one) => JSON.stringify(one)).join('\n') })
    await drop('documents', {
      'guide.md': FORMER,
      'warranty.html': PAGE,
      'recycling.txt': PLAIN,
      'voltage.pdf': PDF,
      'scan.pdf': SCAN,
    })
    const dropped = (await manifests()).filter(({ kind }) => kind === 'documents')
    expect(dropped).toHaveLength(5)
    const [refused, ...others] = dropped.filter((one) => one.refused !== null)
    expect(others).toEqual([])
    const key = rawKey(SCENE, 'documents', 'scan.pdf')
    const detail = expect.stringMatching(/^got a PDF .* no text layer .* raw object stays$/)
    expect(refused).toMatchObject({ rawKey: key, read: 0, refused: { detail } })
    expect(Buffer.from(await cloud.raw.get(key))).toEqual(SCAN)
    const taken = dropped.filter((one) => one.refused === null)
    expect(taken.map(({ read, accepted }) => [read, accepted])).toEqual(Array(4).fill([1, 1]))
  })

  test('Chunks are items of the clean lake', async () => {
    const items = (await cleanItems()).filter(({ id }) => !PRODUCTS.some((one) => one.id === id))
    const documents = Map.groupBy(items, ({ attributes }) => JSON.parse(attributes)['document'])
    expect([...documents.keys()].sort()).toEqual([
      ...['guide.md', 'recycling.txt', 'voltage.pdf', 'warranty.html'],
    ])
    expect(documents.get('guide.md')).toHaveLength(4)
    for (const { text, attributes } of documents.get('guide.md')!) {
      const { start, end } = JSON.parse(attributes)
      expect(FORMER.slice(start, end)).toContain(text)
    }
  })

  test.for([
    ['vinegar', 'guide.md'],
    ['warranty', 'warranty.html'],
    ['ignore the above', 'warranty.html'],
    ['depot', 'recycling.txt'],
    ['Wertstoffhof', 'recycling.txt'],
    ['volts', 'voltage.pdf'],
  ] as const)('The words "%s" find their document', async ([query, document]) => {
    const [first] = (await search(query)).hits
    expect(first!.document!.attributes[CHUNK_ATTRIBUTES.document]).toBe(document)
  })

  test('A script of a page is not found', async () => {
    expect((await search('smuggled')).hits).toEqual([])
  })

  test('An edit gives new ids to its own chunks only', async () => {
    const before = await guideChunks()
    await drop('documents', { 'guide.md': EDITED })
    const after = await guideChunks()
    const onlyIn = (hits: FoundHits['hits'], others: FoundHits['hits']) =>
      hits.filter(({ id }) => !others.some((other) => other.id === id))
    expect([before.length, after.length]).toEqual([4, 4])
    expect(onlyIn(after, before)).toMatchObject([
      { document: { text: expect.stringContaining('lemon juice') } },
    ])
    expect(onlyIn(before, after)).toMatchObject([
      { document: { text: expect.stringContaining('vinegar') } },
    ])
    for (const { document } of after) {
      const { start, end } = document!.attributes
      expect(EDITED.slice(Number(start), Number(end))).toContain(document!.text)
    }
    expect((await search('vinegar')).hits).toEqual([])
  })

  test('A statement takes a document out', async () => {
    const gone = { id: 'warranty.html', text: '', attributes: { gone: true } }
    await drop('documents', { 'gone.jsonl': JSON.stringify(gone) })
    expect((await search('warranty or instructions', 'warranty.html')).hits).toEqual([])
  })
})

interface FactRow {
  subject: string
  relation: string
  object: string
}
const nameFact = ({ subject, relation, object }: FactRow): string =>
  [subject, relation, object].join(' | ')

/** The facts of an export, as DuckDB reads them. */
async function factsOf(generation: string, n: number): Promise<FactRow[]> {
  const key = graphExportKey({ scene: SCENE, generation, n, name: 'facts.parquet' })
  const file = join(temporaryFolder(), 'facts.parquet')
  writeFileSync(file, await cloud.models.get(key))
  const connection = await (await DuckDBInstance.create()).connect()
  const sql = `SELECT subject, relation, coalesce(object, number::VARCHAR) AS object FROM '${file}'`
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as unknown as FactRow[]
}

describe('the graph on the local cloud', () => {
  let built: FoldedGraph
  let facts: FactRow[]
  const generation = (): string => built.generation!
  async function entity(id: string) {
    const row = await cloud.online.get(entityPk(SCENE, id), entitySk(generation()))
    return row && entityRowSchema.parse(row)
  }
  /** Snapshots with all of their exports. */
  const numbers = async (): Promise<number[]> => {
    const keys = (await cloud.models.list(`graph/${SCENE}/`)).map(({ key }) => key)
    const keyOf = (n: number, name: GraphExport) =>
      graphExportKey({ scene: SCENE, generation: generation(), n, name })
    return [0, 1, 2, 3].filter((n) => GRAPH_EXPORTS.every((name) => keys.includes(keyOf(n, name))))
  }

  test('The first call builds a generation that is accepted', async () => {
    built = await invoke('fold-graph', scheduled())
    expect(built).toMatchObject({ result: 'accepted', refusedClaims: 0 })
    const [n, ...others] = await numbers()
    expect(others).toEqual([])
    facts = await factsOf(generation(), n!)
    expect(facts).toHaveLength(built.facts)
    expect(facts.map(nameFact)).toContain('document:guide.md | mentions | item:kettle')
    expect(facts.map(nameFact).filter((fact) => fact.includes('warranty'))).toEqual([])
  })

  test('A product has a row with the documents that mention it', async () => {
    for (const { id, attributes } of PRODUCTS) {
      const row = await entity(`item:${id}`)
      expect(row).toMatchObject({ kind: 'item', name: attributes.title })
      const mentions = row!.incoming['mentions']!.values.map(({ value }) => value)
      expect(mentions).toContain('document:guide.md')
    }
    expect(await entity('document:warranty.html')).toBeNull()
  })

  test('A further document adds its own facts alone', async () => {
    await drop('documents', { 'notes.md': NOTES })
    const next = await invoke<FoldedGraph>('fold-graph', scheduled())
    expect(next).toMatchObject({ result: 'not due', generation: generation() })
    expect(next.folded).toMatchObject([{ generation: generation(), result: 'folded' }])
    const after = await factsOf(generation(), (await numbers()).at(-1)!)
    expect(after.map(nameFact)).toEqual(expect.arrayContaining(facts.map(nameFact)))
    const [chunk] = (await search('burrs', 'notes.md')).hits
    const former = new Set(facts.map(nameFact))
    const added = after.filter((fact) => !former.has(nameFact(fact)))
    expect(added.map(nameFact)).toEqual(
      expect.arrayContaining([
        'document:notes.md | mentions | item:grinder',
        `item:${chunk!.id} | part-of | document:notes.md`,
      ]),
    )
    const own = new Set(['document:notes.md', `item:${chunk!.id}`, 'topic:burr-notes'])
    expect(added.filter(({ subject }) => !own.has(subject))).toEqual([])
    const { values } = (await entity('item:grinder'))!.incoming['mentions']!
    expect(values.map(({ value }) => value)).toContain('document:notes.md')
  })

  test('A repeated call changes nothing', async () => {
    const stateOf = async () => ({
      objects: await digestsOf(cloud.models, `graph/${SCENE}/`),
      rows: await rowsOf(cloud, cloud.nameOf('Online')),
    })
    const before = await stateOf()
    const again = await invoke<FoldedGraph>('fold-graph', scheduled())
    expect(again.folded).toMatchObject([{ result: 'unchanged', drops: 0 }])
    expect(await stateOf()).toEqual(before)
  })

  test('Without closed events no data for generators is due', async () => {
    expect(await invoke('make-preferences', scheduled())).toMatchObject({ days: 0, waiting: 0 })
  })

  test('A question finds its section by the released graph', async () => {
    const stores = { ...cloud, scene: { scene: SCENE } }
    const request = { version: makeVersion(1), last: null, published: {}, timeMs: START_MS }
    const part = (await graphPart.publish(stores, request))!
    await graphPart.verify(stores, part)
    const release = releaseOf(1, makeVersion(1))
    const parts = { [GRAPH_PART]: part }
    await cloud.registry.put(scenePk(SCENE), releaseSk(1), { ...release, scene: SCENE, parts })
    await cloud.registry.put(scenePk(SCENE), CURRENT_SK, currentRow())
    const query = 'How do I descale the Kestrel 900 with lemon juice?'
    const answer = await invoke<Passages>('search', { query, retrieve: true, limit: 3 })
    expect(answer.generations.graph).toBe(generation())
    const first = answer.passages[0]!
    expect(first).toMatchObject({
      ...{ documentId: 'guide.md', headings: ['Coffee at home', 'Cleaning'] },
      ranks: { lexical: 1 },
    })
    expect(EDITED.slice(first.start, first.end)).toBe(`Cleaning\n\n${first.text}`)
  })

  test('Nothing failed, and no drop is left', () => {
    expect(cloud.deadLetters()).toBe(0)
    for (const stage of ['chunk-drop', 'index-drop', 'fold-graph', 'search'])
      expect([stage, cloud.usage.stages()[stage]!.failures]).toEqual([stage, 0])
  })
})
