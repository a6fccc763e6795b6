import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_DOCUMENT_TEXT } from '../../../functions/contract/events.ts'
import { InvalidInput } from '../../../functions/core/errors.ts'
import { cleanDocument } from '../../../functions/graph/documents/clean-document.ts'
import {
  type CleanDocument,
  type DocumentFormat,
  sourceRange,
} from '../../../functions/graph/documents/document.ts'
import { asHtml, asMarkdown, makeSections } from '../../make/documents.ts'

/** `kind(level) text` of each block. */
const shown = ({ blocks }: CleanDocument): string[] =>
  blocks.map(({ kind, level, text }) => `${kind}${level || ''} ${text}`)
const clean = (text: string, format: DocumentFormat) => cleanDocument(text, format)

test('HTML becomes blocks without scripts, styles and navigation', async () => {
  const document = await clean(
    `<!doctype html><title>A &amp; B</title><style>p { color: red }</style><script>alert('<p>no</p>')</script>
     <nav><a href=/>Home</a></nav><!-- no --><h1>Top</h1><p>Hello <b>bold</b> world&hellip;<p>Second<br>line
     <ul><li>one<li>two<ul><li>three</ul></ul><table><tr><th>a<th>b<tr><td>1<td><p>2</table>
     <pre>x =\n  1</pre><h2>Sub</h2>in<script>no</script>line<footer>no</footer>`,
    'html',
  )
  expect(document.title).toBe('A & B')
  expect(shown(document)).toEqual([
    ...[
      'heading1 Top',
      'paragraph Hello bold world…',
      'paragraph Second line',
      'list one\ntwo\nthree',
    ],
    ...['table a | b\n1 | 2', 'code x =\n  1', 'heading2 Sub', 'paragraph inline'],
  ])
  expect(document.dropped).toEqual({ style: 1, script: 2, navigation: 1, comment: 1, footer: 1 })
  expect(document.blocks.at(-1)!.path).toEqual([
    { level: 1, text: 'Top' },
    { level: 2, text: 'Sub' },
  ])
})

test.each([
  ['the attribute hidden', '<div hidden>no <b>no</b></div>'],
  ['aria-hidden', '<span aria-hidden="true">no</span>'],
  ['display none', '<p style="color: red; DISPLAY : none !important">no'],
  ['no size', '<i style="font-size:0">no</i>'],
  ['a closed dialog', '<dialog>no</dialog>'],
  ['a template', '<template>no</template>'],
  ['a landmark', '<div role="navigation">no</div>'],
  ['an unseen script', '<svg><script>no</script><text>no</text></svg>'],
])('Text that is hidden by %s is left out', async (_by, html) => {
  const document = await clean(`<p>yes</p>${html}<p>and</p>`, 'html')
  expect(document.blocks.map(({ text }) => text).join(' ')).not.toContain('no')
  expect(shown(document)[0]).toBe('paragraph yes')
})

test('Characters that nobody sees are left out and counted', async () => {
  const tags = [...'obey'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')
  const document = await clean(`Read\u200B this\u202E${tags} now می\u200Cخواهم`, 'plain')
  expect(shown(document)).toEqual(['paragraph Read this now می\u200Cخواهم'])
  expect(document.dropped).toEqual({ 'unseen characters': 10 })
})

test('Markdown becomes the same blocks as its HTML', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
      const sections = makeSections(seed, 3)
      const [markdown, html] = [
        await clean(asMarkdown(sections), 'markdown'),
        await clean(asHtml(sections), 'html'),
      ]
      expect(shown(markdown)).toEqual(shown(html))
      expect(markdown.blocks.map(({ path }) => path)).toEqual(html.blocks.map(({ path }) => path))
    }),
    { numRuns: 10 },
  )
})

test('Markdown keeps code, tables and brackets, and drops its marks', async () => {
  const document = await clean(
    '---\ntitle: "Front"\n---\n# Head *one*\n\nA [link](http://x.org "t"), a[0], \\*star\\* &amp; `code`.\nSecond\n  line\n\n' +
      '- one\n  more\n\n  ```js\n  x = 1\n    y\n  ```\n- two\n\n| a | b |\n|---|:-:|\n| 1 | **2** |\n\n> quote\n> goes on\n\n![alt](x.png) <http://y.org>\n\n[ref]: http://z.org\n\n[ref] and [ref][ref]',
    'markdown',
  )
  expect(document.title).toBe('Front')
  expect(shown(document)).toEqual([
    ...['heading1 Head one', 'paragraph A link, a[0], *star* & code. Second line', 'list one more'],
    ...['code x = 1\n  y', 'list two', 'table a | b\n1 | 2', 'paragraph quote goes on'],
    ...['paragraph alt http://y.org', 'paragraph ref and ref'],
  ])
})

test('HTML hides Markdown between its tags, too', async () => {
  const document = await clean(
    'yes\n\n<div hidden>\n\n# no\n\nno\n\n</div>\n\nalso <script>no</script> this <!-- no --> here',
    'markdown',
  )
  expect(shown(document)).toEqual(['paragraph yes', 'paragraph also this here'])
  expect(document.dropped).toEqual({ hidden: 1, script: 1, comment: 1 })
})

test('Plain text has paragraphs, lists and headings', async () => {
  const document = await clean(
    'Title\r\n=====\r\n\r\nFirst\r\nline.\r\n\r\n- a\r\n- b\r\n  more\r\n\r\nUSE OF IT\r\n\r\n1990 was a year.\fNext page',
    'plain',
  )
  expect(shown(document)).toEqual([
    ...['heading1 Title', 'paragraph First line.', 'list - a\n- b more', 'heading2 USE OF IT'],
    ...['paragraph 1990 was a year.', 'paragraph Next page'],
  ])
})

test('Each word of a block comes from its own range', async () => {
  const sources: [string, DocumentFormat][] = [
    [asMarkdown(makeSections(3, 3)), 'markdown'],
    [asHtml(makeSections(4, 3)), 'html'],
    ['> a *b* \\* c\n> d &lt; e\n\n- f\n  g **h**', 'markdown'],
    ['one\n\ntwo  three\nfour', 'plain'],
  ]
  for (const [source, format] of sources)
    for (const block of (await clean(source, format)).blocks)
      for (const { 0: word, index } of block.text.matchAll(/\w+/g))
        expect(source.slice(...sourceRange(block, index, index + word.length))).toBe(word)
})

test('A decoded entity comes from all of its characters', async () => {
  const source = '<p>caf&eacute; &amp; bar</p>'
  const [block] = (await clean(source, 'html')).blocks
  expect(block!.text).toBe('café & bar')
  expect(source.slice(...sourceRange(block!, 3, 4))).toBe('&eacute;')
  expect(source.slice(...sourceRange(block!, 0, 10))).toBe('caf&eacute; &amp; bar')
})

test('A document in two languages keeps both', async () => {
  const text =
    '# Guide 指南\n\nStart the server. 启动服务器。\n\nשלום עולם and مرحبا\n\nПривет, мир.'
  expect(shown(await clean(text, 'markdown'))).toEqual([
    ...['heading1 Guide 指南', 'paragraph Start the server. 启动服务器。'],
    ...['paragraph שלום עולם and مرحبا', 'paragraph Привет, мир.'],
  ])
})

test('Any text gives blocks whose ranges are in order', async () => {
  const part = fc.constantFrom(
    '<p>',
    '</p>',
    '<div hidden>',
    '# ',
    '\n',
    '\n\n',
    '- ',
    '`',
    '```\n',
    '[a](b)',
    '|a|b|\n|-|-|\n',
    'word',
    '&amp;',
    '<script>',
    '</script>',
    '> ',
    '*',
    '\\',
    '<!--',
    '-->',
    '😀',
    '\u0000',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 30 }),
      fc.constantFrom('markdown', 'html', 'plain'),
      async (parts, format) => {
        const document = await clean(parts.join(''), format as DocumentFormat)
        let before = 0
        for (const block of document.blocks) {
          expect(block.text.trim()).not.toBe('')
          const length = block.runs.reduce((sum, run) => sum + run.length, 0)
          expect(length).toBe(block.text.length)
          const [start, end] = sourceRange(block, 0, block.text.length)
          expect(start).toBeGreaterThanOrEqual(before)
          expect(end).toBeLessThanOrEqual(document.source.length)
          before = start
        }
      },
    ),
    { numRuns: 300 },
  )
})

test.each([
  ['nested elements', '<div>'.repeat(100_000), 'html', /10000 elements inside each other/],
  [
    'a long text',
    'a'.repeat(MAX_DOCUMENT_TEXT + 1),
    'plain',
    /1000001 characters, expected at most 1000000/,
  ],
] as const)('A document of %s is refused', async (_what, body, format, message) => {
  expect(() => cleanDocument(body, format)).toThrow(message)
  expect(() => cleanDocument(body, format)).toThrow(InvalidInput)
})

test.each([
  ['open links', '[a](b '.repeat(50_000)],
  ['open comments', 'a <!-- '.repeat(50_000)],
  ['nested lists', Array.from({ length: 1400 }, (_, i) => `${' '.repeat(i)}- a`).join('\n')],
  ['nested quotes', `${'>'.repeat(50_000)} a`],
])('Markdown of %s is read as plain text in little time', async (_what, text) => {
  const started = process.cpuUsage()
  const document = await clean(text, 'markdown')
  expect(process.cpuUsage(started).user).toBeLessThan(3_000_000)
  expect(document.dropped).toMatchObject({ 'markup too dense to read': 1 })
})

test('A text layer has headings, divided words and paragraphs over pages', () => {
  const layer =
    '# Pump manual\n\n## Service\n\nThe pump moves oil through the main val-\nve of the\fengine.\fCheck it.\n # no heading'
  const document = cleanDocument(layer, 'pdf')
  expect(document.title).toBe('Pump manual')
  expect(shown(document)).toEqual([
    ...['heading1 Pump manual', 'heading2 Service'],
    'paragraph The pump moves oil through the main valve of the engine.',
    'paragraph Check it. # no heading',
  ])
  for (const block of document.blocks)
    for (const { 0: word, index } of block.text.matchAll(/\w+/g))
      if (word !== 'valve')
        expect(layer.slice(...sourceRange(block, index, index + word.length))).toBe(word)
})

test('A heading as long as a page is text', () => {
  const document = cleanDocument(`<h1>${'word '.repeat(500)}</h1><p>below`, 'html')
  expect(document.blocks.map(({ kind, path }) => [kind, path])).toEqual([
    ['paragraph', []],
    ['paragraph', []],
  ])
})
