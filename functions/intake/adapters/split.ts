import { Flaw } from '../json-record.ts'

const unescaped = (text: string): string => text.replaceAll('""', '"')

/** Index of the closing quote for the quote at `from - 1`. -1 if there is none. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from)
  while (at !== -1 && line[at + 1] === '"') at = line.indexOf('"', at + 2)
  return at
}

/**
 * Splits a line at separators outside quotes (RFC 4180, section 2). A quote inside an unquoted cell
 * is text. If a cell continues after its closing quote, its quotes are text too. If such a cell
 * spans lines, its quotes belong to two broken rows, and the result is a flaw. One scan of the
 * line.
 */
export const splitQuoted =
  (separator: string) =>
  (line: string): string[] | Flaw => {
    if (!line.includes('"')) return line.split(separator)
    const cells: string[] = []
    for (let from = 0; from <= line.length; ) {
      const isQuoted = line[from] === '"'
      const quote = isQuoted ? closingQuote(line, from + 1) : from
      if (quote === -1)
        return new Flaw('bad_row', 'got quotes that do not close, expected RFC 4180')
      const next = line.indexOf(separator, isQuoted ? quote + 1 : from)
      const end = next === -1 ? line.length : next
      if (!isQuoted) cells.push(line.slice(from, end))
      else if (end === quote + 1) cells.push(unescaped(line.slice(from + 1, quote)))
      else if (line.slice(from, quote).includes('\n'))
        return new Flaw(
          'bad_row',
          'got a cell of several lines that goes on after its quotes close, expected RFC 4180',
        )
      else cells.push(`"${unescaped(line.slice(from + 1, quote))}"${line.slice(quote + 1, end)}`)
      from = end + 1
    }
    return cells
  }

export const splitPlain =
  (separator: string) =>
  (line: string): string[] =>
    line.split(separator)

/** Splits a line at runs of blanks and tabs. Those at its ends do not make cells. */
export const splitBlanks = (line: string): string[] => line.trim().split(/[ \t]+/)
