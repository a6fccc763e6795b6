import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sumDrops, sumsOf } from '../../functions/closing/drop-sums.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { DeclaredLines } from '../../functions/intake/sniff/text.ts'
import { type Container, sniff } from '../../functions/intake/sniff.ts'
import { gateInvalidShare } from '../../functions/train/data-gates.ts'
import { FOREIGN_NAMES, foreignBytes } from './fixtures/foreign-bytes.ts'
import { good, scene, takeIn } from './take-in.ts'

/** Records of any number, and as other programs write them. */
const record = (n: number, fields: object = {}) => JSON.parse(good({ eventId: `e${n}`, ...fields }))
const records = (count: number) => Array.from({ length: count }, (_, n) => record(n))
const lines = (count: number): string =>
  records(count)
    .map((each) => JSON.stringify(each))
    .join('\n')
const pythonOf = (value: unknown): string =>
  JSON.stringify(value).replaceAll("'", "\\'").replaceAll('"', "'").replaceAll('null', 'None')
const table = (count: number, cut = ','): string =>
  [
    'user,item,time',
    ...records(count).map(({ userId, itemId, timeMs }) => [userId, itemId, timeMs]),
  ]
    .map((cells) => String(cells).replaceAll(',', cut))
    .join('\n')
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const utf32 = (text: string): Buffer =>
  Buffer.concat(
    [...text].map((sign) => {
      const unit = Buffer.alloc(4)
      unit.writeUInt32LE(sign.codePointAt(0)!)
      return unit
    }),
  )
const swap32 = (bytes: Buffer): Buffer => Buffer.from(bytes).swap32()
const chinese = `用户,商品,时间\n${records(50)
  .map((_, n) => `用户一${n},商品一二三,${n}`)
  .join('\n')}`
/** What each is, by bytes that other programs wrote, or that are made here. */
type Foreign = [container: Container, what: string, body: Uint8Array | string]
const FOREIGN: readonly Foreign[] = [
  ...FOREIGN_NAMES.map(
    (name): Foreign => [name.split(' ')[0] as Container, name, foreignBytes(name)],
  ),
  [
    'parquet',
    'Parquet by hyparquet-writer',
    writeParquet({ user: 'string', n: 'int' }, [{ user: 'a', n: 1 }]),
  ],
  ['gzip', 'gzip within gzip', gzipSync(gzipSync(lines(3)))],
  ['zstd', 'zstd within gzip', gzipSync(zstdCompressSync(lines(3)))],
  ['gzip', 'gzip within zstd', zstdCompressSync(gzipSync(lines(3)))],
  ['tar', 'tar within gzip', gzipSync(foreignBytes('tar ustar'))],
  ['packed-parquet', 'Parquet within gzip', gzipSync(foreignBytes('parquet'))],
  ['pdf', 'PDF', '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n'],
  ['image', 'PNG', Buffer.from('89504e470d0a1a0a0000000d4948445200000001', 'hex')],
  ['image', 'JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb', 'hex')],
  ['image', 'GIF', Buffer.from('47494638396101000100800000ffffff0000002c00', 'hex')],
  ['image', 'WebP', Buffer.from('524946461a000000574542505650384c0d0000002f', 'hex')],
  ['image', 'TIFF', Buffer.from('49492a000800000001000001030001000000', 'hex')],
  ['utf-16le', 'UTF-16 with a mark', utf16(`\ufeff${lines(3)}`)],
  ['utf-16be', 'UTF-16 with a mark, the other way round', utf16(`\ufeff${lines(3)}`).swap16()],
  ['utf-16le', 'UTF-16 without a mark', utf16(lines(3))],
  ['utf-16be', 'UTF-16 without a mark, the other way round', utf16(lines(3)).swap16()],
  ['utf-16le', 'Chinese in UTF-16', utf16(chinese)],
  ['utf-16be', 'Chinese in UTF-16 with a mark', utf16(`\ufeff${chinese}`).swap16()],
  ['utf-32le', 'UTF-32', utf32(lines(3))],
  ['utf-32le', 'UTF-32 with a mark', utf32(`\ufeff${chinese}`)],
  ['utf-32be', 'UTF-32, the other way round', swap32(utf32(chinese))],
  ['json-array', 'an array on one line', JSON.stringify(records(3))],
  ['json-array', 'an array of one record', JSON.stringify(records(1))],
  ['json-array', 'an empty array', '[]\n'],
  ['json-array', 'an array with a mark', `\ufeff${JSON.stringify(records(3))}`],
  ['json-array', 'an array, indented', JSON.stringify(records(3), null, 2)],
  ['json-array', 'an array of a line each', `[\n${lines(3).replaceAll('\n', ',\n')}\n]\n`],
  ['json-array', 'an array with commas first', `[${lines(3).replaceAll('\n', '\n,')}\n]\n`],
  ['json-array', 'an array a line', `${JSON.stringify(records(2))}\n${JSON.stringify(records(2))}`],
  ['json-array', 'an array with NaN in it', '[{"a":NaN},{"a":-Infinity}]'],
  ['json-array', 'an array of 2 MB on one line', JSON.stringify(records(12_000))],
  ['json-array', 'an array of 2 MB, indented', JSON.stringify(records(8000), null, 1)],
  ['json-pretty', 'one object, indented', JSON.stringify(record(1), null, 2)],
  [
    'json-pretty',
    'objects, indented',
    records(3)
      .map((each) => JSON.stringify(each, null, 2))
      .join('\n'),
  ],
  ['json-document', 'CloudTrail', JSON.stringify({ Records: records(3) })],
  ['json-document', 'CloudTrail of 2 MB', JSON.stringify({ Records: records(12_000) })],
  ['json-document', 'a document, indented', JSON.stringify({ data: records(3), next: 4 }, null, 2)],
  ['json-joined', 'objects without line feeds', lines(3).replaceAll('\n', '')],
  ['json-joined', 'objects with blanks between them', lines(3).replaceAll('\n', ' ')],
  ['json-joined', 'some objects a line', `${lines(2).replace('\n', '')}\n`.repeat(5)],
  ['json-joined', 'objects of 2 MB without line feeds', lines(12_000).replaceAll('\n', '')],
  ['python-lines', 'a dict a line', records(3).map(pythonOf).join('\n')],
  ['python-list', 'a list of dicts', `[${records(3).map(pythonOf).join(', ')}]`],
  ['cr-lines', 'carriage returns alone', `${lines(3).replaceAll('\n', '\r')}\r`],
  ['cr-lines', 'a table with carriage returns alone', table(3).replaceAll('\n', '\r')],
  ['cr-lines', 'carriage returns alone, 2 MB', lines(12_000).replaceAll('\n', '\r')],
  ['one-line', 'a line of 2 MB and no other', `{"a":"${'x'.repeat(2 ** 21)}"}\n\n`],
  [
    'markup',
    'a page of HTML',
    '<!DOCTYPE html>\n<html><body>\n<h1>403 Forbidden</h1>\n</body></html>',
  ],
  ['markup', 'XML', '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'],
  ['table', 'CSV', table(3)],
  ['table', 'CSV with CRLF', table(3).replaceAll('\n', '\r\n')],
  ['table', 'tab-separated values', table(3, '\t')],
  ['table', 'CSV with a cell in quotes', 'user,item\nu1,"a, b"\nu2,"c ""d"", e"\n'],
]
/** Reason, and what its sentence has. */
const SAYS: Record<Container, [string, string]> = {
  parquet: [
    'unsupported_container',
    'got Apache Parquet, expected lines of text: declare the format csv, with a mapping of the layout parquet (npm start -- --infer drop writes one)',
  ],
  'packed-parquet': [
    'unsupported_compression',
    'got Apache Parquet inside another compression, expected Parquet as it is: unpack it, and drop that: gunzip -c drop > drop.new',
  ],
  orc: ['unsupported_container', 'got Apache ORC'],
  avro: ['unsupported_container', 'got Apache Avro'],
  'arrow-file': ['unsupported_container', 'got an Apache Arrow file'],
  'arrow-stream': ['unsupported_container', 'got an Apache Arrow stream'],
  zip: [
    'unsupported_container',
    'got a zip archive, expected one record a line: extract its files, and drop that: unzip drop',
  ],
  tar: ['unsupported_container', 'got a tar archive'],
  excel: ['unsupported_container', 'got an Excel workbook'],
  'excel-97': ['unsupported_container', 'got an Excel 97 workbook'],
  sqlite: ['unsupported_container', 'got an SQLite database'],
  pickle: ['unsupported_container', 'got a Python pickle'],
  npy: ['unsupported_container', 'got a NumPy array'],
  pdf: ['unsupported_container', 'got a PDF document'],
  image: ['unsupported_container', 'got an image'],
  markup: ['unsupported_container', 'got HTML or XML'],
  gzip: ['unsupported_compression', 'got gzip inside another compression'],
  zstd: ['unsupported_compression', 'got zstd inside another compression'],
  bzip2: [
    'unsupported_compression',
    'got bzip2, expected gzip, zstd or none: pack it as gzip, and drop that: bzip2 -dc drop | gzip > drop.gz',
  ],
  xz: ['unsupported_compression', 'got xz'],
  lz4: ['unsupported_compression', 'got lz4'],
  snappy: ['unsupported_compression', 'got snappy, '],
  'snappy-hadoop': ['unsupported_compression', 'got Hadoop snappy'],
  brotli: ['unsupported_compression', 'brotli -dc a.jsonl.br | gzip > a.jsonl.gz'],
  'utf-16le': [
    'unsupported_encoding',
    'got UTF-16, little-endian, expected UTF-8: write it as UTF-8, and drop that: iconv -f UTF-16LE -t UTF-8 drop > drop.utf8',
  ],
  'utf-16be': ['unsupported_encoding', 'iconv -f UTF-16BE -t UTF-8'],
  'utf-32le': ['unsupported_encoding', 'iconv -f UTF-32LE -t UTF-8'],
  'utf-32be': ['unsupported_encoding', 'iconv -f UTF-32BE -t UTF-8'],
  'json-array': [
    'wrong_format',
    'got one JSON array, expected a table or an access log: declare the format jsonl, or csv with a mapping of the layout json-lines (npm start -- --infer drop finds both)',
  ],
  'json-document': ['not_lines', 'got one JSON document that holds its records in a list'],
  'json-pretty': [
    'not_lines',
    "got pretty-printed JSON, expected one record a line: write it as JSON Lines, and drop that: jq -c '.' drop",
  ],
  'json-joined': ['not_lines', 'got JSON objects without line feeds between them'],
  'cr-lines': ['not_lines', "tr '\\r' '\\n' < drop > drop.lines"],
  'one-line': [
    'not_lines',
    'got no line feed in any of its bytes, expected one record a line: end each record with a line feed',
  ],
  'python-lines': ['wrong_format', 'got Python literals, expected JSON'],
  'python-list': ['wrong_format', 'got a Python list'],
  table: [
    'wrong_format',
    'expected JSON Lines: declare its format, and a mapping if the format needs one (npm start -- --infer drop finds both)',
  ],
  'json-lines': ['wrong_format', 'got JSON Lines, expected a table or an access log'],
}

/** Kinds that only their name tells from noise. */
const NAMED: Record<string, string> = { 'snappy-hadoop': 'a.snappy', brotli: 'a.jsonl.br' }
const foreign = [...FOREIGN, ['brotli', 'brotli', brotliCompressSync(lines(40))] satisfies Foreign]

describe('Refused containers', () => {
  test.each(foreign)('A drop of kind %s is refused by name: %s', async (container, what, body) => {
    const key = `raw/feed/events/${NAMED[container] ?? 'drop'}`
    const isRows = container === 'json-array' || container === 'parquet'
    const metadata = { [DROP_METADATA.format]: isRows ? 'access-log' : 'jsonl' }
    const { manifest, raw, lake, quarantine } = await takeIn(body, { key, metadata })
    expect(manifest).toMatchObject({ read: 0, accepted: 0, events: 0, quarantined: {}, files: [] })
    const { reason, detail } = manifest.refused!
    expect(detail, what).toMatch(
      /^got [^:]+, expected [^:]+: .+; nothing was read, and the raw object stays$/,
    )
    expect(reason).toBe(SAYS[container][0])
    expect(detail).toContain(SAYS[container][1])
    expect([raw.contents.size, lake.contents.size, quarantine.contents.size]).toEqual([1, 1, 0])
  })
})

describe('Declared formats', () => {
  const named = (body: string, declared: DeclaredLines) =>
    sniff(Buffer.from(body), true, { name: 'a', declared })?.container ?? null

  test.each<[string, string, DeclaredLines[], string]>([
    ['JSON Lines', lines(3), ['text'], 'json-lines'],
    ['one line of JSON', lines(1), ['text'], 'json-lines'],
    ['a table', table(3), ['json', 'mapped-json'], 'table'],
    [
      'a document on one line',
      JSON.stringify({ Records: records(2) }),
      ['json', 'any'],
      'json-document',
    ],
  ])('The declared format decides whether %s is named', (_, body, declared, container) => {
    for (const each of ['json', 'mapped-json', 'text', 'any', null] as const)
      expect([each, named(body, each)]).toEqual([
        each,
        declared.includes(each)
          ? container
          : each === 'text' && body.startsWith('{')
            ? 'json-lines'
            : null,
      ])
  })
})

describe('Refusal sentences', () => {
  const detailOf = async (body: Uint8Array | string, name: string) =>
    (await takeIn(body, { key: `raw/feed/events/${name}` })).manifest.refused?.detail

  test('The refusal names the unpacked file and an output file', async () => {
    const pretty = JSON.stringify(record(1), null, 2)
    expect(await detailOf(pretty, 'x/a.json')).toContain("jq -c '.' a.json > a.jsonl;")
    expect(await detailOf(pretty, 'a.jsonl')).toContain("jq -c '.' a.jsonl > a.new.jsonl;")
    expect(await detailOf(gzipSync(pretty), 'a.json.gz')).toContain(
      "gunzip -k a.json.gz && jq -c '.' a.json > a.jsonl;",
    )
    expect(await detailOf(zstdCompressSync(pretty), 'a.json.zst')).toContain(
      "zstd -dk a.json.zst && jq -c '.' a.json > a.jsonl;",
    )
    expect(await detailOf(gzipSync(gzipSync('x')), 'a.jsonl.gz')).toContain(
      'gunzip -c a.jsonl.gz | gunzip -c > a.jsonl;',
    )
    expect(await detailOf(table(3, ';'), 'a.csv')).toMatch(
      /got a table separated by semicolons.* --infer a.csv finds/,
    )
  })

  test('The refusal command never contains names that a shell would interpret', async () => {
    const pretty = JSON.stringify(record(1), null, 2)
    for (const name of ['a b.json', "a'b.json", '$(id).json', '-rf.json', 'ü.json'])
      expect(await detailOf(pretty, name)).toContain("jq -c '.' FILE > FILE.jsonl")
    const detail = await detailOf(JSON.stringify({ "a' | id #": records(2) }), 'a.json')
    expect(detail).toContain("jq -c '.[][]' a.json > a.jsonl;")
    expect(await detailOf(JSON.stringify({ Records: records(2) }), 'a.json')).toContain(
      "jq -c '.Records[]' a.json > a.jsonl;",
    )
  })

  test('The refusal names the real content when the name promises compression', async () => {
    expect(await detailOf(foreignBytes('zip stored'), 'a.jsonl.gz')).toContain(
      'got a zip archive, expected one record a line: extract its files, and drop that: unzip a.jsonl.gz;',
    )
    expect(await detailOf(foreignBytes('orc zlib'), 'part-0.orc.gz')).toContain('got Apache ORC')
  })
})

describe('The data gate', () => {
  test('The data gate does not count refused drops as invalid records', async () => {
    const { manifest } = await takeIn(JSON.stringify({ Records: records(500) }))
    expect(sumsOf(manifest)).toEqual({
      ...{ read: 0, accepted: 0, quarantined: {}, refused: { not_lines: 1 } },
    })
    const sound = { read: 100, accepted: 100, quarantined: {}, refused: {} }
    const gates = { ...scene.gates, maxInvalidShare: 0.01 }
    const verdict = gateInvalidShare(gates, sumDrops([sound, sumsOf(manifest)]))
    expect(verdict).toMatchObject({ passed: true, numbers: { invalid: 0, read: 100 } })
    expect(gateInvalidShare(gates, sumsOf(manifest)).passed).toBe(true)
  })
})
