import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createBitmap,
  decodeBitmap,
  encodeBitmap,
  membersOf,
} from '../../../functions/search-index/segment/bitmap.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import { openSegment } from '../../../functions/search-index/segment/open-segment.ts'
import { encodePageSums, PAGE_BYTES } from '../../../functions/search-index/segment/page-sums.ts'
import {
  END_MAGIC,
  LAYOUT_VERSION,
  SECTIONS,
  SEGMENT_MAGIC,
} from '../../../functions/search-index/segment/sections.ts'
import type {
  IndexedDocument,
  SegmentShape,
} from '../../../functions/search-index/segment/types.ts'
import {
  encodeAndOpen,
  goneDocument,
  naiveLists,
  SHAPE,
  sortDocuments,
  textDocument,
  tokensOf,
} from './naive-index.ts'

const ROOM = join(import.meta.dirname, '..', '..', '..', 'functions', 'search-index')
const layout = readFileSync(join(ROOM, 'LAYOUT.md'), 'utf8')

interface VectorDocument extends Omit<IndexedDocument, 'content'> {
  content:
    | (Omit<NonNullable<IndexedDocument['content']>, 'fields'> & {
        fields: Record<string, string>
      })
    | null
}
const vector = layout.slice(layout.indexOf('## The vector'))
const [json, index, documents, deletions, pages] = [
  ...vector.matchAll(/```(?:json)?\n([\s\S]*?)```/g),
].map(([, block]) => block!.trim())
const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const given = JSON.parse(json!) as { shape: SegmentShape; documents: VectorDocument[] }
const analyzed = given.documents.map(
  ({ content, ...rest }): IndexedDocument => ({
    ...rest,
    content: content && {
      ...content,
      fields: Object.fromEntries(
        Object.entries(content.fields).map(([field, text]) => [
          field,
          tokensOf(...text.split(' ')),
        ]),
      ),
    },
  }),
)

describe('The layout of a segment', () => {
  test('The vector of the layout document is what its documents encode to', () => {
    const encoded = encodeSegment(given.shape, analyzed)
    expect(Buffer.from(encoded.index).toString('hex')).toBe(index!.replace(/\s/g, ''))
    expect(Buffer.from(encoded.documents).toString('hex')).toBe(documents)
    expect(Buffer.from(encodeBitmap(createBitmap(3, [1]))).toString('hex')).toBe(deletions)
    expect(Buffer.from(encodePageSums(encoded.index)).toString('hex')).toBe(pages)
  })

  test('The vector of the layout document opens', () => {
    const segment = openSegment(bytesOf(index!), 'x')
    expect(segment.idOf(2)).toBe('b7')
    expect(segment.isGone(1)).toBe(true)
    expect(segment.versionOf(2)).toEqual(given.documents[2]!.version)
    expect([...segment.numbers('price')]).toEqual([19.5, Number.NaN, Number.NaN])
    expect(segment.readStored(0, bytesOf(documents!))).toBe('{"title":"red sofa"}')
    expect([...membersOf(decodeBitmap(bytesOf(deletions!), 'x'))]).toEqual([1])
  })

  test('The layout document names magics, version and sections as the code does', () => {
    for (const name of [SEGMENT_MAGIC, END_MAGIC, 'QMBITS01', 'QMPAGE01', ...SECTIONS])
      expect(layout).toContain(`\`${name}\``)
    expect(layout).toContain(`format version, ${LAYOUT_VERSION} |`)
    expect(layout).toContain(`each of ${PAGE_BYTES} bytes`)
    const bytes = bytesOf(index!)
    const headerEnd = 32 + new DataView(bytes.buffer).getUint32(12, true)
    const rows = [...vector.matchAll(/^\| `(\w+)` \| (?:`([0-9a-f]+)`|none) \|$/gm)]
    expect(rows.map(([, name]) => name)).toEqual([...SECTIONS])
    expect(rows.map(([, , hex = '']) => hex).join('')).toBe(
      Buffer.from(bytes.subarray(headerEnd, -8)).toString('hex'),
    )
  })

  const hasPython = spawnSync('python3', ['--version']).status === 0
  test.skipIf(!hasPython)('A reader written from the layout document reads all', () => {
    const drops = ['raw/shop/items/a.jsonl', 'raw/shop/items/b.jsonl']
    const all = Array.from({ length: 600 }, (_, n): IndexedDocument => {
      if (n % 50 === 49) return goneDocument(`gone ${n}`, 1_600_000_000_000 + n)
      const words = ['all', ...Array(n % 70).fill('often'), `word ${n % 90}`, `only ${n}`]
      return {
        ...textDocument(`${'x'.repeat(n % 20)}é ${n}`, [], {
          fields: { text: tokensOf(...words), title: tokensOf('x'.repeat(n % 40), 'all') },
          filters: { brand: n % 3 ? [`brand ${n % 7}`] : [], tags: ['a', `${n % 5}`] },
          numbers: { price: n / 100, ...(n % 4 ? { rating: Math.sqrt(n) } : {}) },
        }),
        version: { knowableMs: 1_700_000_000_000 + n, drop: drops[n % 2]!, row: n },
      }
    })
    const sorted = sortDocuments(all)
    const encoded = encodeAndOpen(all)
    const gone = sorted.flatMap(({ content }, doc) => (content ? [] : [doc]))
    const files = [
      encoded.index,
      encoded.documents,
      encodeBitmap(createBitmap(600, [300, ...gone])),
      encodePageSums(encoded.index),
    ]
    const folder = mkdtempSync(join(tmpdir(), 'segment-'))
    for (const [n, bytes] of files.entries()) writeFileSync(join(folder, `${n}`), bytes)
    const { stdout, stderr } = spawnSync(
      'python3',
      [join(import.meta.dirname, 'check.py'), ...[0, 1, 2, 3].map((n) => join(folder, `${n}`))],
      { encoding: 'utf8', maxBuffer: 2 ** 27 },
    )
    rmSync(folder, { recursive: true })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      ids: sorted.map(({ id }) => id),
      versions: sorted.map(({ version }) => version),
      gone,
      lengths: SHAPE.fields.map((field) =>
        sorted.map(({ content }) => content?.fields[field]?.length ?? 0),
      ),
      filters: SHAPE.filters.map((name) =>
        sorted.map(({ content }) => [...(content?.filters[name] ?? [])].sort()),
      ),
      numbers: SHAPE.numbers.map((name) =>
        sorted.map(({ content }) => content?.numbers[name] ?? null),
      ),
      lists: SHAPE.fields.map((field) => naiveLists(all, field)),
      deleted: [300, ...gone].sort((a, b) => a - b),
    })
  })
})
