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

describe('a quoted line', () => {
  test('has the cells that csv-parse finds, for any text', () => {
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

  test('keeps line ends in its cells, within quotes and without', () => {
    expect(splitQuoted(',')('"a\nb",c\rd,"e""\r\n"')).toEqual(['a\nb', 'c\rd', 'e"\r\n'])
  })
})
