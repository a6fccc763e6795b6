import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { findFiles } from '../../cdk/cli/replay/files.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import type { EntityRow } from '../../functions/contract/rows.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { refuseLargeStreams } from '../../functions/intake/documents/pdf-streams.ts'
import { makePdf, pdfLines } from '../make/documents-pdf.ts'
import { ARRIVAL_MS, scene, takeIn } from './take-in.ts'

const drop = (name: string, body: Uint8Array | string) =>
  takeIn(body, { key: rawKey('feed', 'documents', name) })
const statementOf = async (name: string, body: Uint8Array | string) => {
  const { manifest, rows } = await drop(name, body)
  expect(manifest).toMatchObject({ refused: null, read: 1, accepted: 1 })
  const { id, title, text, attributes } = rows[0] as unknown as EntityRow
  return { id, title, text, attributes: JSON.parse(attributes) }
}

test.each([
  ['guide/a.md', '# Title *x*\n\nHi', 'markdown', 'guide/a.md', 'Title *x*'],
  ['c-sharp.md', 'Hi\n\n# C# ##  \n', 'markdown', 'c-sharp.md', 'C#'],
  ['b.MDX', '---\ntitle: "Front"\n---\n# Other', 'markdown', 'b.MDX', 'Front'],
  ['c.htm', '<title>A &amp; B</title><p>Hi', 'html', 'c.htm', 'A & B'],
  ['d.xhtml', '<h1>Top <b>x</b></h1><p>Hi', 'html', 'd.xhtml', 'Top x'],
  ['e.txt', 'Hi', 'plain', 'e.txt', null],
  ['format=markdown/source=wiki/f/g', '```\n# no\n```\nHi', 'markdown', 'f/g', null],
])('A document file %s is one statement', async (name, text, format, id, title) => {
  expect(await statementOf(name, text)).toEqual({ id, title, text, attributes: { format } })
})

test('A packed document has the id of its own name', async () => {
  for (const [name, body] of [
    ['a.md.gz', gzipSync('# T')],
    ['a.md.zst', zstdCompressSync('# T')],
    ['a.md', '# T'],
  ] as const)
    expect(await statementOf(name, body)).toMatchObject({ id: 'a.md', title: 'T', text: '# T' })
})

test.each([
  ['UTF-8 with a mark', 'a.txt', Buffer.from('\ufeffGrüße')],
  ['UTF-16, little-endian', 'a.txt', Buffer.from('\ufeffGrüße', 'utf16le')],
  ['UTF-16, big-endian', 'a.txt', Buffer.from('\ufeffGrüße', 'utf16le').swap16()],
  ['the charset of a page', 'a.html', Buffer.from('<meta charset="windows-1252">Grüße', 'latin1')],
  ['another charset than the page says', 'a.html', Buffer.from('<meta charset=latin1>Grüße')],
])('Text in %s is decoded', async (_encoding, name, body) => {
  expect((await statementOf(name, body)).text).toMatch(/Grüße$/)
})

const PAGE = [
  ...pdfLines(['Pump manual'], 740, 20),
  ...pdfLines(['Service'], 710, 15),
  ...pdfLines(['The pump moves oil through the', 'main val-', 've of the engine.'], 680),
  ...pdfLines(['# Check the oil.'], 620),
]

test('A PDF is its text layer', async () => {
  const pdf = makePdf([PAGE, pdfLines(['Second page has text.'])], 'The title')
  expect(await statementOf('m/a.pdf', pdf)).toEqual({
    id: 'm/a.pdf',
    title: 'The title',
    text: '# Pump manual\n\n## Service\n\nThe pump moves oil through the\nmain val-\nve of the engine.\n\n # Check the oil.\fSecond page has text.',
    attributes: { format: 'pdf' },
  })
})

test('Running titles and page numbers are no text of a PDF', async () => {
  const pages = Array.from({ length: 6 }, (_, i) => [
    ...pdfLines(['Pump manual, edition 3'], 770),
    ...pdfLines([`Content of page ${i} is here.`, 'It has two lines.'], 700),
    ...pdfLines([`Page ${i + 1}`], 30),
  ])
  expect((await statementOf('a.pdf', makePdf(pages))).text).not.toMatch(/edition|Page/)
})

const scanned = makePdf(Array.from({ length: 200 }, () => []))
const stamped = makePdf(Array.from({ length: 50 }, (_, i) => pdfLines([`Scan ${i + 1}`], 30)))
const zip = Buffer.concat([
  Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'),
  Buffer.alloc(90, 0x81),
])
zip.writeUInt16LE(1, 26)
zip.writeUInt16LE(0, 28)
zip.write('a', 30)

test.each([
  ['200 pages without text', 'a.pdf', scanned, 'no_text_layer', /200 pages with no text layer/],
  ['only page numbers', 'a.pdf', stamped, 'no_text_layer', /50 pages with no text layer/],
  ['a broken PDF', 'a.pdf', '%PDF-1.4 nothing', 'unreadable_pdf', /got a broken PDF/],
  ['a text as PDF', 'a.pdf', 'Hi', 'unsupported_container', /got a text, expected a PDF/],
  ['a PDF as text', 'a.txt', makePdf([PAGE]), 'unsupported_container', /ends in \.pdf/],
  ['an archive as text', 'a.md', zip, 'unsupported_container', /got a zip archive, expected Mark/],
  ['code 0 in a text', 'a.txt', 'a\0b', 'unsupported_container', /characters of code 0/],
  ['windows-1252', 'a.txt', Buffer.from('Grüße', 'latin1'), 'unsupported_encoding', /iconv -f W/],
  ['too much text', 'a.txt', 'a'.repeat(1_000_001), 'too_large', /1000001 characters/],
  ['too many bytes', 'a.txt', Buffer.alloc(4_000_001, 'a'), 'too_large', /more than 4000000 by/],
  ['an unknown format', 'format=docx/a', 'a', 'unknown_format', /"docx", .* markdown, html, plain/],
])('A document of %s is refused', async (_what, name, body, reason, says) => {
  const { manifest } = await drop(name, body)
  expect(manifest).toMatchObject({ read: 0, accepted: 0, files: [], refused: { reason } })
  expect(manifest.refused!.detail).toMatch(says)
  expect(manifest.refused!.detail).toMatch(/the raw object stays$/)
})

test('A document whose bytes break off is quarantined', async () => {
  const packed = gzipSync('# A title that is long enough to be cut').subarray(0, 30)
  const { manifest, setAside } = await drop('a.md.gz', packed)
  expect(manifest).toMatchObject({ read: 1, accepted: 0, refused: null, files: [] })
  expect(setAside[0]).toMatchObject({ reason: 'truncated_compression', line: 1, byteOffset: 0 })
  expect(setAside[0]!.detail).toMatch(/a document is read whole, and nothing of it was accepted$/)
})

test('A document whose name is too long is quarantined', async () => {
  const { setAside } = await drop(`${'x'.repeat(300)}.txt`, 'Hi')
  expect(setAside).toEqual([
    expect.objectContaining({ reason: 'out_of_bounds', detail: expect.stringMatching(/^id: /) }),
  ])
})

test('JSON Lines of documents are read as before', async () => {
  const body = '{"id":"a","text":"A"}\n{"id":"b","text":"# B","attributes":{"format":"markdown"}}\n'
  for (const name of ['a.jsonl', 'format=jsonl/a.md', 'a']) {
    const { manifest, rows } = await drop(name, body)
    expect(manifest).toMatchObject({ format: 'jsonl', read: 2, accepted: 2 })
    expect(rows[0]).toMatchObject({ id: 'a', text: 'A', knowableMs: ARRIVAL_MS })
  }
})

test('Only under documents is a file a document', async () => {
  const { manifest } = await takeIn('# Title\n', { key: rawKey('feed', 'events', 'a.md') })
  expect(manifest).toMatchObject({ format: 'jsonl', accepted: 0, quarantined: { not_json: 1 } })
})

test('The same document gives the same bytes', async () => {
  const bytes = async () =>
    [...(await drop('a.pdf', makePdf([PAGE]))).lake.contents].map(([key, { body }]) => [
      key,
      Buffer.from(body).toString('base64'),
    ])
  expect(await bytes()).toEqual(await bytes())
})

test('An answer of 16,384 characters is a context', async () => {
  const event = (length: number) =>
    JSON.stringify({
      ...{ type: 'impression', timeMs: ARRIVAL_MS - 1000, userId: 'u', itemId: 'i' },
      context: { answer: 'a'.repeat(length) },
    })
  const { manifest } = await takeIn(`${event(16_384)}\n${event(16_385)}`)
  expect(manifest).toMatchObject({ accepted: 1, quarantined: { out_of_bounds: 1 } })
})

test('Commands for logs do not take a document for a log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'))
  try {
    const path = join(folder, 'guide.md')
    writeFileSync(path, '# Guide\n')
    const logs = { path, format: 'jsonl', mapping: null, fromMs: null, throughMs: null } as const
    await expect(findFiles({ ...logs, scene })).rejects.toThrow(/got a document, expected a log/)
    writeFileSync(join(folder, 'events.jsonl'), '')
    const found = await findFiles({ ...logs, scene, path: folder })
    expect(found.map(({ path: file }) => basename(file))).toEqual(['events.jsonl'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('A scene with documents does not ask for signed items', () => {
  const signed = (requiredFor: string[]) =>
    sceneSchema.safeParse({
      ...scene,
      documents: {},
      anticheat: { signatures: { producers: ['app'], requiredFor } },
    })
  expect(signed(['events', 'documents']).success).toBe(true)
  expect(signed(['items']).error!.issues[0]).toMatchObject({
    path: ['anticheat', 'signatures', 'requiredFor'],
    message: expect.stringMatching(/^expected it without "items" beside the section "documents"/),
  })
})

test('The end of streams that never end is looked for once', () => {
  const bytes = Buffer.from('%PDF-1.7 '.concat('stream /Fl\n'.repeat(100)))
  const search = vi.spyOn(bytes, 'indexOf')
  refuseLargeStreams(bytes, 1000, 1000)
  expect(search.mock.calls.filter(([what]) => String(what) === 'endstream')).toHaveLength(1)
})
