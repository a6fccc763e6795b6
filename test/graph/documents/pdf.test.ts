import { expect, test } from 'vitest'
import {
  cleanDocument,
  DOCUMENT_LIMITS,
} from '../../../functions/graph/documents/clean-document.ts'
import { type CleanDocument, sourceRange } from '../../../functions/graph/documents/document.ts'
import { makePdf, pdfLines } from '../../make/documents-pdf.ts'

const shown = ({ blocks }: CleanDocument): string[] =>
  blocks.map(({ kind, level, text }) => `${kind}${level || ''} ${text}`)

const PAGE = [
  ...pdfLines(['Pump manual'], 740, 20),
  ...pdfLines(['Service'], 710, 15),
  ...pdfLines(
    ['The pump moves oil through the filter and', 'the main val-', 've of the engine.'],
    680,
  ),
  ...pdfLines(['Check the oil every week (cold).'], 620),
]

test('A PDF becomes headings by size and paragraphs by gaps', async () => {
  const document = await cleanDocument(makePdf([PAGE], 'The title'), 'pdf')
  expect(document.title).toBe('The title')
  expect(shown(document)).toEqual([
    ...['heading1 Pump manual', 'heading2 Service'],
    'paragraph The pump moves oil through the filter and the main val ve of the engine.'.replace(
      'val ve',
      'valve',
    ),
    'paragraph Check the oil every week (cold).',
  ])
})

test('Ranges of a PDF are those of its text layer', async () => {
  const document = await cleanDocument(makePdf([PAGE, pdfLines(['Second page has text.'])]), 'pdf')
  expect(document.source.split('\f')).toHaveLength(2)
  for (const block of document.blocks)
    for (const { 0: word, index } of block.text.matchAll(/\w+/g))
      if (word !== 'valve')
        expect(document.source.slice(...sourceRange(block, index, index + word.length))).toBe(word)
})

test('A PDF of 200 pages without text is refused', async () => {
  const pdf = makePdf(Array.from({ length: 200 }, () => []))
  await expect(cleanDocument(pdf, 'pdf')).rejects.toThrow(
    'Got a PDF of 200 pages with no text layer (scanned images?), expected at least 16 letters a page. The document is left out; recognize its text first.',
  )
})

test('Page numbers and stamps are no text layer', async () => {
  const pdf = makePdf(Array.from({ length: 50 }, (_, i) => pdfLines([`Scan ${i + 1}`], 30)))
  await expect(cleanDocument(pdf, 'pdf')).rejects.toThrow(/50 pages with no text layer/)
})

test('Running titles and page numbers are left out', async () => {
  const pages = Array.from({ length: 6 }, (_, i) => [
    ...pdfLines(['Pump manual, edition 3'], 770),
    ...pdfLines([`Content of page ${i} is here.`, 'It has two lines.'], 700),
    ...pdfLines([`Page ${i + 1}`], 30),
  ])
  const document = await cleanDocument(makePdf(pages), 'pdf')
  expect(document.dropped).toEqual({ 'running title': 12 })
  expect(document.blocks.map(({ text }) => text).join(' ')).not.toMatch(/edition|Page/)
})

test.each([
  ['a broken file', Buffer.from('%PDF-1.4 nothing'), DOCUMENT_LIMITS, /a broken PDF/],
  [
    'too many pages',
    makePdf([PAGE, PAGE, PAGE]),
    { ...DOCUMENT_LIMITS, maxPages: 2 },
    /3 pages, expected at most 2/,
  ],
  [
    'too many bytes',
    makePdf([PAGE]),
    { ...DOCUMENT_LIMITS, maxBytes: 10 },
    /bytes, expected at most 10/,
  ],
  [
    'too much text',
    makePdf([PAGE]),
    { ...DOCUMENT_LIMITS, maxCharacters: 20 },
    /more than 20 characters by page 1/,
  ],
])('A PDF with %s is refused', async (_what, pdf, limits, message) => {
  await expect(cleanDocument(pdf, 'pdf', limits)).rejects.toThrow(message)
})
