import type { RefusalReason } from '../../contract/events.ts'
import type { Container } from '../sniff.ts'
import type { Foreign } from './head.ts'

/** What an object is, what was expected, and how to convert it: in words, and as a command. */
interface Naming {
  reason: RefusalReason
  is: string
  expected: string
  way: string
  /**
   * A command with `{in}` and `{out}`, the object and an unused name, and other fields of
   * `namesOf`.
   */
  command?: string | undefined
}

const container = (is: string, way: string, command?: string): Naming =>
  naming('unsupported_container', is, 'one record a line', way, command)
const compression = (is: string, way: string, command: string): Naming =>
  naming('unsupported_compression', is, 'gzip, zstd or none', way, command)
const encoding = (is: string, name: string): Naming => {
  const command = `iconv -f ${name} -t UTF-8 {in} > {out}.utf8{end}`
  return naming('unsupported_encoding', is, 'UTF-8', 'write it as UTF-8', command)
}
const layout = (is: string, way: string, command?: string): Naming =>
  naming('not_lines', is, 'one record a line', way, command)
function naming(
  reason: RefusalReason,
  is: string,
  expected: string,
  way: string,
  command?: string,
): Naming {
  return { reason, is, expected, way, command }
}

const AS_LINES = 'write it as JSON Lines'
const jq = (filter: string): string => `jq -c '${filter}' {in} > {out}.jsonl`
const pandas = (read: string): string =>
  `python3 -c "${read}.to_json('{out}.jsonl', orient='records', lines=True)"`
const python = (rows: string): string =>
  `python3 -c "import ast, json, sys; [print(json.dumps(row)) for row in ${rows}]" < {in} > {out}.jsonl`
const repack = (unpack: string): string => `${unpack} -dc {in} | gzip > {out}.gz`
const EXCEL = `python3 -c "import pandas; pandas.read_excel('{in}').to_csv('{out}.csv', index=False)"`
const DECLARE =
  'declare its format, and a mapping if the format needs one (npm start -- --infer {in} finds both)'

const NAMINGS: Readonly<Record<Container, Naming>> = {
  parquet: naming(
    'unsupported_container',
    'Apache Parquet',
    'lines of text',
    'declare the format csv, with a mapping of the layout parquet (npm start -- --infer {in} writes one)',
  ),
  'packed-parquet': naming(
    'unsupported_compression',
    'Apache Parquet inside another compression',
    'Parquet as it is',
    'unpack it',
    '{unpack} > {out}{end}',
  ),
  orc: container('Apache ORC', AS_LINES, pandas(`import pandas; pandas.read_orc('{in}')`)),
  avro: container(
    'Apache Avro',
    AS_LINES,
    `python3 -c "import fastavro, json; [print(json.dumps(row, default=str)) for row in fastavro.reader(open('{in}', 'rb'))]" > {out}.jsonl`,
  ),
  'arrow-file': container(
    'an Apache Arrow file',
    AS_LINES,
    pandas(`import pyarrow; pyarrow.ipc.open_file('{in}').read_pandas()`),
  ),
  'arrow-stream': container(
    'an Apache Arrow stream',
    AS_LINES,
    pandas(`import pyarrow; pyarrow.ipc.open_stream('{in}').read_pandas()`),
  ),
  zip: container('a zip archive', 'extract its files', 'unzip {in}'),
  tar: container('a tar archive', 'extract its files', 'tar -xf {in}'),
  excel: container('an Excel workbook', 'write it as CSV', EXCEL),
  'excel-97': container('an Excel 97 workbook', 'write it as CSV', EXCEL),
  sqlite: container(
    'an SQLite database',
    'write its table (here events) as JSON Lines',
    `sqlite3 -json {in} 'SELECT * FROM events' | jq -c '.[]' > {out}.jsonl`,
  ),
  pickle: container(
    'a Python pickle',
    'where you trust its writer, write it as JSON Lines',
    pandas(`import pandas; pandas.DataFrame(pandas.read_pickle('{in}'))`),
  ),
  npy: container(
    'a NumPy array',
    'write it as CSV',
    `python3 -c "import numpy; numpy.savetxt('{out}.csv', numpy.load('{in}'), delimiter=',', fmt='%s')"`,
  ),
  pdf: container('a PDF document', 'a document is not a log'),
  image: container('an image', 'an image is not a log'),
  markup: container('HTML or XML', 'it may be an error page; write records of XML as JSON Lines'),
  gzip: compression(
    'gzip inside another compression',
    'unpack it twice',
    '{unpack} | gunzip -c > {out}{end}',
  ),
  zstd: compression(
    'zstd inside another compression',
    'unpack it twice',
    '{unpack} | zstd -dc > {out}{end}',
  ),
  bzip2: compression('bzip2', 'pack it as gzip', repack('bzip2')),
  xz: compression('xz', 'pack it as gzip', repack('xz')),
  lz4: compression('lz4', 'pack it as gzip', repack('lz4')),
  snappy: compression(
    'snappy',
    'unpack it',
    `python3 -c "import snappy; snappy.stream_decompress(open('{in}', 'rb'), open('{out}', 'wb'))"`,
  ),
  'snappy-hadoop': compression(
    'Hadoop snappy',
    'unpack it',
    `python3 -c "import snappy.snappy as s; s.hadoop_stream_decompress(open('{in}', 'rb'), open('{out}', 'wb'))"`,
  ),
  brotli: compression('brotli', 'pack it as gzip', repack('brotli')),
  'utf-16le': encoding('UTF-16, little-endian', 'UTF-16LE'),
  'utf-16be': encoding('UTF-16, big-endian', 'UTF-16BE'),
  'utf-32le': encoding('UTF-32, little-endian', 'UTF-32LE'),
  'utf-32be': encoding('UTF-32, big-endian', 'UTF-32BE'),
  'json-array': naming(
    'wrong_format',
    'one JSON array',
    'a table or an access log',
    'declare the format jsonl, or csv with a mapping of the layout json-lines (npm start -- --infer {in} finds both)',
  ),
  'json-document': layout(
    'one JSON document that holds its records in a list',
    AS_LINES,
    jq('{member}[]'),
  ),
  'json-pretty': layout('pretty-printed JSON', AS_LINES, jq('.')),
  'json-joined': layout('JSON objects without line feeds between them', AS_LINES, jq('.')),
  'cr-lines': layout(
    'lines that end with a carriage return alone',
    'end them with line feeds',
    `tr '\\r' '\\n' < {in} > {out}.lines{end}`,
  ),
  'one-line': layout('no line feed in any of its bytes', 'end each record with a line feed'),
  'python-lines': naming(
    'wrong_format',
    'Python literals',
    'JSON',
    AS_LINES,
    python('map(ast.literal_eval, filter(str.strip, sys.stdin))'),
  ),
  'python-list': naming(
    'wrong_format',
    'a Python list',
    'JSON, one record a line',
    AS_LINES,
    python('ast.literal_eval(sys.stdin.read())'),
  ),
  table: naming('wrong_format', 'a table separated by {separator}', 'JSON Lines', DECLARE),
  'json-lines': naming('wrong_format', 'JSON Lines', 'a table or an access log', DECLARE),
}

/** What an object is, in words. */
export const nameOf = (container: Container): string => NAMINGS[container].is

const SEPARATORS: Readonly<Record<string, string>> = {
  ',': 'commas',
  '\t': 'tabs',
  ';': 'semicolons',
  '|': 'bars',
}

/**
 * The values of a command's fields. FILE stands for a name that a shell would not read as one word.
 */
function namesOf({ foreign, isMisnamed }: Foreign, name: string, command: string) {
  const given = /^[\w./][\w./+=@-]*$/.test(name) ? name : 'FILE'
  const [, unpacked = given, packing] = (!isMisnamed && /^(.+)\.(gz|zst)$/.exec(given)) || []
  const [, stem = unpacked, end = ''] = /^(.*[^./])(\.\w+)$/.exec(unpacked) ?? []
  // The output must never overwrite the input.
  const made = /\{out\}([\w.]*(?:\{end\})?)/.exec(command)?.[1]?.replace('{end}', end)
  const isUnpacked = command.includes('{unpack}')
  const unpack = packing === 'zst' ? 'zstd -d' : 'gunzip -'
  const member = 'member' in foreign ? foreign.member : ''
  return {
    in: unpacked,
    out: made === end && (packing === undefined || !isUnpacked) ? `${stem}.new` : stem,
    end,
    unpack: `${unpack}c ${given}`,
    first: packing === undefined || isUnpacked ? '' : `${unpack}k ${given} && `,
    member: /^[A-Za-z_]\w{0,63}$/.test(member) ? `.${member}` : '.[]',
    separator: 'separator' in foreign ? SEPARATORS[foreign.separator]! : '',
  }
}

/**
 * Why an object is not read: what it is, what was expected, and how to convert it. `name` is its
 * path, or the last part of its key, for the command. `then` says what to do with the result.
 */
export function sentenceOf(
  found: Foreign,
  name: string,
  then: string,
): { reason: RefusalReason; says: string } {
  const { reason, is, expected, way, command = '' } = NAMINGS[found.foreign.container]
  const names = namesOf(found, name, command)
  const how = command === '' ? way : `${way}, and ${then}: {first}${command}`
  const says = `got ${is}, expected ${expected}: ${how}`
  const filled = Object.entries(names).reduce(
    (words, [part, text]) => words.replaceAll(`{${part}}`, text),
    says,
  )
  return { reason, says: filled }
}
