import { hasBinary, shareOfText } from './bytes.ts'

/** Kinds of bytes that are not text. */
export type BinaryContainer =
  | 'parquet'
  | 'orc'
  | 'avro'
  | 'arrow-file'
  | 'arrow-stream'
  | 'zip'
  | 'excel'
  | 'excel-97'
  | 'tar'
  | 'sqlite'
  | 'pickle'
  | 'npy'
  | 'pdf'
  | 'image'
  | 'gzip'
  | 'zstd'
  | 'bzip2'
  | 'xz'
  | 'lz4'
  | 'snappy'
  | 'snappy-hadoop'
  | 'brotli'

const at = (head: Buffer, offset: number, magic: string): boolean =>
  head.length >= offset + magic.length &&
  head.subarray(offset, offset + magic.length).equals(Buffer.from(magic, 'latin1'))
const starts = (head: Buffer, magic: string): boolean => at(head, 0, magic)
/** If half of the head is lines of text, the object is text with a broken first record. */
const isNoText = (head: Buffer): boolean => shareOfText(head) < 0.5
const has = (head: Buffer, text: string): boolean => head.includes(text, 0, 'latin1')
/**
 * POSIX.1-2017, "ustar Interchange Format": the checksum is the sum of a header's bytes, with
 * blanks in place of the checksum.
 */
function isTar(head: Buffer): boolean {
  if (head.length < 512) return false
  const stated = /^ *([0-7]+)[\0 ]/.exec(head.toString('latin1', 148, 156))?.[1]
  if (stated === undefined || head[0] === 0 || !head.subarray(0, 512).includes(0)) return false
  let sum = 8 * 0x20
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += head[i]!
  return Number.parseInt(stated, 8) === sum
}

/** ISO 32000-1, 7.5: a header line, followed by an object. */
function isPdf(head: Buffer): boolean {
  if (!starts(head, '%PDF-')) return false
  const text = head.toString('latin1', 0, 4096)
  return /^%PDF-\d\.\d\s/.test(text) && /^\d+ \d+ obj\b/m.test(text)
}

/**
 * PKWARE, APPNOTE 4.3.7: a local file header with an existing version, and a name. Files may be
 * stored without compression.
 */
function isZip(head: Buffer): boolean {
  if (starts(head, 'PK\x05\x06')) return head.length >= 22
  if (!starts(head, 'PK\x03\x04') || head.length < 31) return false
  const method = head.readUInt16LE(8)
  const nameEnd = 30 + head.readUInt16LE(26)
  const isNamed = nameEnd > 30 && nameEnd <= head.length
  const isPrintable = head.subarray(30, nameEnd).every((byte) => byte >= 0x20)
  if (head.readUInt16LE(4) > 63 || !isNamed || !isPrintable) return false
  return method === 0 || (method < 100 && isNoText(head))
}
const isExcel = (head: Buffer, name: string): boolean =>
  isZip(head) &&
  (/\.xls[xm]$/i.test(name) || (has(head, '[Content_Types].xml') && has(head, 'xl/')))

/**
 * Arrow Columnar Format, "Encapsulated message format": a marker, a padded length, the root of a
 * flatbuffer.
 */
function isArrowStream(head: Buffer): boolean {
  if (!starts(head, '\xff\xff\xff\xff') || head.length < 12) return false
  const length = head.readInt32LE(4)
  return length > 0 && length % 8 === 0 && head.readUInt32LE(8) < length
}

/** GIF89a, "Logical Screen Descriptor". RIFF and TIFF state sizes whose high bytes are zero. */
const isImage = (head: Buffer): boolean =>
  starts(head, '\x89PNG\r\n\x1a\n') ||
  starts(head, '\xff\xd8\xff') ||
  ((starts(head, 'GIF87a') || starts(head, 'GIF89a')) && hasBinary(head, 6, 14)) ||
  (starts(head, 'RIFF') && at(head, 8, 'WEBP')) ||
  starts(head, 'II*\0') ||
  starts(head, 'MM\0*')

/**
 * Python's pickle.py, protocols 2 to 5: PROTO, then FRAME from protocol 4 on, except for very short
 * pickles.
 */
function isPickle(head: Buffer): boolean {
  const protocol = head[1]!
  if (head[0] !== 0x80 || head.length < 4 || protocol < 2 || protocol > 5) return false
  return protocol < 4 || head[2] === 0x95 || head.length < 16
}

type BinaryKind = readonly [BinaryContainer, (head: Buffer, name: string) => boolean]
/** Recognized by structure alone, because they may contain text without compression. */
const HOLDERS: readonly BinaryKind[] = [
  ['excel', isExcel],
  ['zip', isZip],
  ['tar', isTar],
  ['pdf', isPdf],
]
/** Recognized by their magic, by what must follow it, and by a head that is not text. */
const KINDS: readonly BinaryKind[] = [
  // Thrift's compact protocol: a page's header, or the footer, begins with an i32 of field 1.
  ['parquet', (head) => starts(head, 'PAR1\x15')],
  ['orc', (head) => starts(head, 'ORC') && hasBinary(head, 3, 67)],
  ['avro', (head) => starts(head, 'Obj\x01') && has(head.subarray(0, 4096), 'avro.')],
  ['arrow-file', (head) => starts(head, 'ARROW1\0\0')],
  ['arrow-stream', isArrowStream],
  ['excel-97', (head) => starts(head, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
  ['sqlite', (head) => starts(head, 'SQLite format 3\0')],
  ['npy', (head) => starts(head, '\x93NUMPY') && head[6]! >= 1 && head[6]! <= 3],
  ['image', isImage],
  ['gzip', (head) => starts(head, '\x1f\x8b\x08')],
  ['zstd', (head) => starts(head, '\x28\xb5\x2f\xfd')],
  // The digits of π, or those of its square root if there is no block.
  [
    'bzip2',
    (head) => starts(head, 'BZh') && (at(head, 4, '1AY&SY') || at(head, 4, '\x17rE8P\x90')),
  ],
  ['xz', (head) => starts(head, '\xfd7zXZ\0')],
  // LZ4 Frame Format, "Frame Descriptor": version 1.
  ['lz4', (head) => starts(head, '\x04\x22\x4d\x18') && head[4]! >> 6 === 1],
  ['snappy', (head) => starts(head, '\xff\x06\0\0sNaPpY')],
  // Neither has a magic, so the name decides.
  ['snappy-hadoop', (_, name) => /\.snappy$/i.test(name)],
  ['brotli', (_, name) => /\.br$/i.test(name)],
  ['pickle', isPickle],
]

/**
 * What the bytes are if they are not text. A heading may begin with `PAR1,`, `ORCID` or `BZh`, and
 * a broken first line with any bytes. So the head is none of KINDS if half of it is lines of text.
 */
export function binaryContainerOf(head: Buffer, name: string): BinaryContainer | null {
  const isOne = ([, tell]: BinaryKind): boolean => tell(head, name)
  const found = HOLDERS.find(isOne) ?? KINDS.find(isOne)
  if (!found) return null
  return HOLDERS.includes(found) || isNoText(head) ? found[0] : null
}
