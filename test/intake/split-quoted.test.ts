import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitQuoted } from '../../functions/intake/adapters/split.ts'
import { isFlaw } from '../../functions/intake/json-record.ts'

/** The cells by csv-parse; null where a quote does not close. */
function csvParse(line: string, delimiter: string): string[] | null {
  try {
    const options = { delimiter, relax_column_count: true, relax_quotes: true }
    return (parse(line, options) as string[][])[0] ?? []
  } catch {
    return null
  }
}

describe('Quoted cells', () => {
  test('A quoted line has the same cells as in csv-parse', () => {
    const pieces = fc.array(fc.constantFrom('"', '""', ',', '\t', 'a', ' ', 'ü', '€'), {
      maxLength: 14,
    })
    let closed = 0
    fc.assert(
      fc.property(pieces, fc.constantFrom(',', '\t'), (all, separator) => {
        const line = `x${separator}${all.join('')}`
        const cells = splitQuoted(separator)(line)
        if (!isFlaw(cells) && line.includes('"')) closed++
        expect(isFlaw(cells) ? null : cells).toEqual(csvParse(line, separator))
      }),
      { numRuns: 3000 },
    )
    expect(closed).toBeGreaterThan(500)
  })

  test('Cells keep line ends inside and outside quotes', () => {
    expect(splitQuoted(',')('"a\nb",c\rd,"e""\r\n"')).toEqual(['a\nb', 'c\rd', 'e"\r\n'])
  })
})
