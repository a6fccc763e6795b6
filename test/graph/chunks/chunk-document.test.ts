import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CHUNK_OPTIONS,
  type Chunk,
  chunkDocument,
  contentOf,
} from '../../../functions/graph/chunks/chunk-document.ts'
import { countWords } from '../../../functions/graph/chunks/units.ts'
import { cleanDocument } from '../../../functions/graph/documents/clean-document.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { asHtml, asMarkdown, makeParagraph, makeSections } from '../../make/documents.ts'

const chunksOf = async (markdown: string, options = CHUNK_OPTIONS): Promise<Chunk[]> =>
  chunkDocument('d1', await cleanDocument(markdown, 'markdown'), options)
const ids = (chunks: readonly Chunk[]): string[] => chunks.map(({ id }) => id)
const without = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((id) => !others.includes(id))
const seeds = fc.integer({ min: 1, max: 1e6 })

test('Chunks cover every paragraph once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const sections = makeSections(seed)
      const texts = (await chunksOf(asMarkdown(sections))).map(({ text }) => text).join(' ')
      const said = sections.flatMap(({ paragraphs }) => paragraphs).join(' ')
      const withoutHeadings = sections
        .filter(({ level }) => level === 3)
        .reduce((text, { heading }) => text.replace(heading, ''), texts)
      expect(withoutHeadings.split(/\s+/).filter(Boolean)).toEqual(said.split(/\s+/))
    }),
    { numRuns: 10 },
  )
})

test('A chunk has at most the words that it may have', async () => {
  const options = { ...CHUNK_OPTIONS, maxWords: 200, minWords: 60 }
  const chunks = (
    await Promise.all(
      [1, 2, 3, 4, 5].map((seed) => chunksOf(asMarkdown(makeSections(seed)), options)),
    )
  ).flat()
  expect(Math.max(...chunks.map(({ text }) => countWords(text)))).toBeLessThanOrEqual(200)
  expect(chunks.length).toBeGreaterThan(40)
})

test('No chunk crosses a top heading', async () => {
  const chunks = await chunksOf('# A\n\none\n\n## B\n\ntwo\n\n### C\n\nthree\n\n## D\n\nfour')
  expect(chunks.map(({ headings, text }) => [headings.join(' > '), text])).toEqual([
    ['A', 'one'],
    ['A > B', 'two\n\nC\n\nthree'],
    ['A > D', 'four'],
  ])
})

test('A heading without text below it is a text itself', async () => {
  const chunks = await chunksOf('# A\n\n## B\n\ntext\n\n## Lonely\n\n## Last')
  expect(chunks.map(contentOf)).toEqual(['A > B\n\ntext', 'A\n\nLonely', 'A\n\nLast'])
})

test('The range of a chunk has its words in the source', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, fc.boolean(), async (seed, isHtml) => {
      const sections = makeSections(seed, 3)
      const document = await (isHtml
        ? cleanDocument(asHtml(sections), 'html')
        : cleanDocument(asMarkdown(sections), 'markdown'))
      for (const { text, start, end } of chunkDocument('d', document)) {
        const range = document.source.slice(start, end)
        const plain = range.replace(/<[^>]+>|#+/g, ' ')
        expect(plain.split(/\s+/).join(' ')).toContain(text.split(/\s+/).join(' '))
      }
    }),
    { numRuns: 8 },
  )
})

/** The share of single edits after which a chunk without the edited paragraph has another id. */
async function leakedShare(edit: (paragraph: string, uniform: () => number) => string) {
  let [leaked, edits] = [0, 0]
  for (let seed = 1; seed <= 40; seed++) {
    const uniform = seededUniform(seed)
    const sections = makeSections(seed, 3)
    const before = await chunksOf(asMarkdown(sections))
    const { paragraphs } = sections[Math.floor(uniform() * sections.length)]!
    const place = Math.floor(uniform() * paragraphs.length)
    const old = paragraphs[place]!
    const edited = edit(old, uniform)
    paragraphs[place] = edited
    const after = await chunksOf(asMarkdown(sections))
    const has = (chunk: Chunk, paragraph: string): boolean =>
      paragraph.split('. ').some((sentence) => chunk.text.includes(sentence))
    const gone = before.filter(({ id }) => !ids(after).includes(id))
    const fresh = after.filter(({ id }) => !ids(before).includes(id))
    edits++
    if (gone.some((chunk) => !has(chunk, old)) || fresh.some((chunk) => !has(chunk, edited)))
      leaked++
  }
  return leaked / edits
}

test('A changed word changes only chunks that contain its paragraph', async () => {
  const share = await leakedShare((text, uniform) => {
    const words = text.split(' ')
    words[Math.floor(uniform() * words.length)] = 'changed'
    return words.join(' ')
  })
  expect(share).toBeLessThanOrEqual(0.05)
})

test('A new sentence at the end changes only chunks that contain it', async () => {
  const share = await leakedShare((text) => `${text} Here is one more sentence for it.`)
  expect(share).toBeLessThanOrEqual(0.05)
})

test('A rewritten paragraph changes at most its neighbours', async () => {
  const share = await leakedShare((text, uniform) => makeParagraph(uniform, text.split(' ').length))
  expect(share).toBeLessThanOrEqual(0.2)
})

test('A section inserted at the top changes no id of the others', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const sections = makeSections(seed)
      const before = ids(await chunksOf(asMarkdown(sections)))
      const [title, ...rest] = sections
      const inserted = {
        level: 2,
        heading: 'New',
        paragraphs: [makeParagraph(seededUniform(seed))],
      }
      const after = ids(
        await chunksOf(asMarkdown([title!, inserted, { ...rest[0]!, level: 2 }, ...rest.slice(1)])),
      )
      const same = ids(
        await chunksOf(asMarkdown([title!, { ...rest[0]!, level: 2 }, ...rest.slice(1)])),
      )
      expect(without(same, after)).toEqual([])
      expect(before.length).toBeGreaterThan(0)
    }),
    { numRuns: 8 },
  )
})

test('Equal chunks of a document have different ids', async () => {
  const chunks = await chunksOf('## A\n\nsame\n\n## A\n\nsame\n\n## A\n\nsame')
  expect(new Set(ids(chunks)).size).toBe(3)
  const two = await chunksOf('## A\n\nsame\n\n## A\n\nsame')
  expect(without(ids(two), ids(chunks))).toEqual([])
})

test('An overlap repeats whole sentences of the chunk before', async () => {
  const options = { ...CHUNK_OPTIONS, maxWords: 100, minWords: 30, overlapWords: 25 }
  const document = await cleanDocument(asMarkdown(makeSections(7, 3)), 'markdown')
  const plain = chunkDocument('d', document, { ...options, overlapWords: 0 })
  const chunks = chunkDocument('d', document, options)
  expect(chunks).toHaveLength(plain.length)
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.text.endsWith(plain[i]!.text)).toBe(true)
    expect(chunk.words - plain[i]!.words).toBeLessThanOrEqual(25)
  }
  expect(chunks.filter(({ words }, i) => words > plain[i]!.words).length).toBeGreaterThan(5)
})

test('A text without spaces is counted and divided by characters', async () => {
  const text = '数据管道处理日志文件。'.repeat(200)
  const chunks = await chunksOf(`## 中文\n\n${text}`)
  expect(chunks.length).toBeGreaterThan(4)
  expect(chunks.every(({ words }) => words <= CHUNK_OPTIONS.maxWords)).toBe(true)
  expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
})

test('One endless word is cut, and never within a character', async () => {
  const chunks = await chunksOf('😀'.repeat(3000))
  expect(chunks.map(({ text }) => text).join('')).not.toMatch(/(^|[^\uD800-\uDBFF])[\uDC00-\uDFFF]/)
  expect(chunks.flatMap(({ text }) => [...text])).toHaveLength(3000)
})
