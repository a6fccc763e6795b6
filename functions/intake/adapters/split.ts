import { Flaw } from '../json-record.ts'

const unescaped = (text: string): string => text.replaceAll('""', '"')

/** Where the quote closes that opens at `from - 1`; -1 where none does. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from)
  while (at !== -1 && line[at + 1] === '"') at = line.indexOf('"', at + 2)
  return at
}

/**
 * Separators cut a line unless it quotes; then its cells may be in quotes (RFC 4180, section 2).
 * A quote within a cell that does not begin with one is text, and so are those of a cell that goes
 * on after its quote closes. Where such a cell spans lines, its quotes are those of two broken rows.
 * Linear in the line.
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

/** Runs of blanks and tabs cut a line; those at its ends stand beside no cell. */
export const splitBlanks = (line: string): string[] => line.trim().split(/[ \t]+/)
