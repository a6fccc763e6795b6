import { type TextValue, valuesOf } from './json-values.ts'

/**
 * The declared form of a drop's lines. `mapped-json`: JSON whose fields a mapping finds at any
 * depth. `any`: nothing is declared yet. Null: the format does not define it.
 */
export type DeclaredLines = 'json' | 'mapped-json' | 'text' | 'any' | null

/** Whether records are read as JSON. Then a JSON array and the rows of Parquet are read too. */
export const readsRows = (declared: DeclaredLines): boolean =>
  declared === 'json' || declared === 'mapped-json' || declared === 'any'

/** Text that is not one record per line, or lines of another form than declared. */
export type TextContainer =
  | { container: 'json-array' }
  /** One object with its records in a member. */
  | { container: 'json-document'; member: string }
  | { container: 'json-pretty' }
  | { container: 'json-joined' }
  | { container: 'python-list' }
  | { container: 'python-lines' }
  | { container: 'cr-lines' }
  | { container: 'markup' }
  | { container: 'table'; separator: string }
  | { container: 'json-lines' }

/**
 * Line feeds needed to judge a truncated head: with fewer, it could show only one broken record.
 */
export const ENOUGH_LINE_FEEDS = 4
/** How many lines are examined, and which share must be of one form. */
const LINES = 200
const MOST = 0.9
const SEPARATORS = [',', '\t', ';', '|']

const isJsonObject = (line: string): boolean => {
  if (!line.trimStart().startsWith('{')) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

/** Lines that are not blank, without the last line of a truncated head. */
function linesOf(text: string, isWhole: boolean): string[] {
  const lines = text.split('\n', LINES + 1)
  if (lines.length > LINES || !isWhole) lines.pop()
  return lines.filter((line) => line.trim() !== '')
}

const spans = ({ lineFeeds, isWhole }: TextValue): boolean =>
  lineFeeds > 0 && (isWhole || lineFeeds >= ENOUGH_LINE_FEEDS)

function arraysOf(values: readonly TextValue[]): TextContainer | null {
  const [first] = values
  const holdsRecords = values.every(
    (value) =>
      (value.beginning === '[' && value.isWhole) ||
      (value.beginning.startsWith('[{') &&
        (value.isWhole || (value.members > 1 && (value.lineFeeds === 0 || spans(value))))),
  )
  if (!holdsRecords) return null
  return { container: first!.isPython ? 'python-list' : 'json-array' }
}

/**
 * Whether a broken array of records begins here: its elements before the error are read. Not if a
 * line is a valid record, nor if the end of the first line is not in the head, because valid lines
 * may follow.
 */
function beginsArray(text: string, isWhole: boolean): boolean {
  if (!/^\[\s*\{\s*["}]/.test(text) || !(isWhole || text.includes('\n'))) return false
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return !lines.some((line, i) => isJsonObject(line) && !/^\s*\]/.test(lines[i + 1] ?? ''))
}

/** Values grouped by the line that they begin on. */
function groupByLine(text: string, values: readonly TextValue[]): TextValue[][] {
  const groups: TextValue[][] = []
  let endedAt = 0
  for (const value of values) {
    const isNew = groups.length === 0 || text.slice(endedAt, value.from).includes('\n')
    if (isNew) groups.push([])
    groups.at(-1)!.push(value)
    endedAt = value.through
  }
  return groups
}

function objectsOf(
  text: string,
  values: readonly TextValue[],
  isWhole: boolean,
  declared: DeclaredLines,
): TextContainer | null {
  const whole = values.filter((value) => value.isWhole)
  const [first] = values
  const isSpanning = values.some(spans) && whole.every(spans)
  const isEnvelope = values.length === 1 && first!.beginning.startsWith('{[{')
  // On one line it may be a record: it has other fields beside the array, or a mapping reads inside
  // it.
  const isAlone = declared === 'json' || declared === 'any' ? first!.members <= 1 : false
  if (isEnvelope && (isSpanning || (isAlone && first!.lineFeeds === 0)))
    return { container: 'json-document', member: first!.firstKey! }
  if (isSpanning) return { container: 'json-pretty' }
  if (values.some(({ lineFeeds }) => lineFeeds > 0)) return null
  const groups = groupByLine(text, values)
  const complete = isWhole || groups.length === 1 ? groups : groups.slice(0, -1)
  if (!isWhole && groups.length > 1 && complete.length < ENOUGH_LINE_FEEDS) return null
  if (whole.some(({ isPython }) => isPython))
    return whole.every(({ isPython }) => isPython) ? { container: 'python-lines' } : null
  if (complete.every((group) => group.length > 1)) {
    const between = text.slice(first!.through, values[1]!.from)
    return { container: between.includes('\r') ? 'cr-lines' : 'json-joined' }
  }
  return null
}

function jsonContainerOf(
  text: string,
  values: readonly TextValue[],
  isWhole: boolean,
  declared: DeclaredLines,
): TextContainer | null {
  const [first] = values
  if (!first || values.some(({ kind }) => kind !== first.kind)) return null
  // An object that ends inside a value is truncated or broken, and its lines may be valid.
  if (isWhole && !values.at(-1)!.isWhole) return null
  return first.kind === '[' ? arraysOf(values) : objectsOf(text, values, isWhole, declared)
}

/** Old Mac OS ends lines with only a carriage return. None of them is inside quotes. */
function isCrOnly(text: string, isWhole: boolean): boolean {
  if (text.includes('\n')) return false
  const parts = text.split('\r').filter((part) => part.trim() !== '')
  if (!isWhole) parts.pop()
  return parts.length > 1 && parts.every((part) => part.split('"').length % 2 === 1)
}

/** XML and HTML: a declaration or a root, and most lines begin and end with a tag. */
function isMarkup(text: string, isWhole: boolean): boolean {
  if (!/^<(\?xml\s|!doctype\s+html|html[\s>])/i.test(text)) return false
  const lines = linesOf(text, isWhole)
  const tags = lines.filter((line) => /^\s*<[!?/A-Za-z].*>\s*$/.test(line))
  return lines.length > 0 && tags.length * 3 >= lines.length * 2
}

/** Number of cells in a line. Separators inside quotes do not count. */
function widthOf(line: string, separator: string): number {
  const bare = line.includes('"') ? line.replace(/"(?:[^"]|"")*"/g, '') : line
  return bare.split(separator).length
}

/** The separator that gives nearly every line the same number of cells. */
function separatorOf(lines: readonly string[]): string | null {
  for (const separator of SEPARATORS) {
    const width = widthOf(lines[0]!, separator)
    const even = lines.filter((line) => widthOf(line, separator) === width)
    if (width > 1 && even.length >= MOST * lines.length) return separator
  }
  return null
}

/** Lines of another form than declared. One line of the declared form is enough to return null. */
function otherLines(text: string, isWhole: boolean, declared: DeclaredLines): TextContainer | null {
  const lines = linesOf(text, isWhole)
  if (lines.length < (isWhole ? 1 : ENOUGH_LINE_FEEDS)) return null
  if (declared === 'text') {
    const objects = lines.filter(isJsonObject)
    return objects.length >= MOST * lines.length ? { container: 'json-lines' } : null
  }
  if (declared === null || declared === 'any' || lines.length < 2) return null
  if (lines.some((line) => /^\s*[[{]/.test(line) || line.includes('\0'))) return null
  const separator = separatorOf(lines)
  return separator === null ? null : { container: 'table', separator }
}

/**
 * What a text is, if it is not one record per line. `head` is its beginning, or all of it if
 * `isWhole`. A head with two JSON objects on two lines in a row is none of the JSON containers. A
 * head with any such line is not a table.
 */
export function textContainerOf(
  head: Buffer,
  isWhole: boolean,
  declared: DeclaredLines,
): TextContainer | null {
  const text = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  if (text === '') return null
  const sign = text[0]!
  const end = text.indexOf('\n')
  if (sign === '{' && declared !== 'text' && end !== -1)
    if (isJsonObject(text.slice(0, end)) && text.slice(end).trim() !== '') return null
  if (sign === '{' || sign === '[') {
    const values = valuesOf(text) ?? []
    const found = jsonContainerOf(text, values, isWhole, declared)
    if (found) return found
    if (readsRows(declared) && beginsArray(text, isWhole)) return { container: 'json-array' }
    // One JSON value on one line may contain carriage returns.
    if (values.length === 1) return otherLines(text, isWhole, declared)
  }
  if (isCrOnly(text, isWhole)) return { container: 'cr-lines' }
  if (sign === '<' && isMarkup(text, isWhole)) return { container: 'markup' }
  return otherLines(text, isWhole, declared)
}
