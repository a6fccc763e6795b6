import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_QUOTED_BYTES } from '../../functions/intake/limits.ts'
import { type Line, LineCutter } from '../../functions/intake/lines.ts'
import { QuotedLines } from '../../functions/intake/quoted-lines.ts'

const QUOTE = 0x22
const COMMA = 0x2c

const linesOf = (text: string): Line[] => {
  const cutter = new LineCutter()
  return [...cutter.cut(Buffer.from(text)), ...cutter.end()]
}
const join = (lines: Iterable<Line>): Line[] => {
  const quoted = new QuotedLines(',')
  return [...quoted.join(lines), ...quoted.end()]
}

/** RFC 4180, section 2, of one line. */
function endsInside(bytes: Buffer, isInside: boolean): boolean {
  let state = isInside ? 'quoted' : 'start'
  for (const byte of bytes) {
    if (state === 'quoted') state = byte === QUOTE ? 'closing' : 'quoted'
    else if (byte === QUOTE && state !== 'plain') state = 'quoted'
    else state = byte === COMMA ? 'start' : 'plain'
  }
  return state === 'quoted'
}

/** The plain twin: a quote that does not close gives its line up, and all others are read again. */
class RereadLines {
  #held: Line[] = []

  #heldBytes(): number {
    const [first, last] = [this.#held[0], this.#held.at(-1)]
    return first && last ? last.byteOffset + last.length - first.byteOffset : 0
  }

  *join(lines: Iterable<Line>): Generator<Line> {
    for (const line of lines) {
      yield* this.#take(line)
      while (this.#heldBytes() > MAX_QUOTED_BYTES) yield* this.#release()
    }
    while (this.#held.length > 0) yield* this.#release()
  }

  *#take(line: Line): Generator<Line> {
    const staysInside = endsInside(line.bytes, this.#held.length > 0)
    if (this.#held.length === 0 && !staysInside) {
      yield line
      return
    }
    this.#held.push(line)
    if (staysInside) return
    const [first] = this.#held
    const texts = this.#held.map(({ bytes }) => bytes.toString('latin1'))
    const length = this.#heldBytes()
    this.#held = []
    yield { ...first!, length, bytes: Buffer.from(texts.join('\n'), 'latin1') }
  }

  *#release(): Generator<Line> {
    const [first, ...others] = this.#held
    this.#held = []
    yield first!
    for (const line of others) yield* this.#take(line)
  }
}

const shown = (lines: readonly Line[]) =>
  lines.map(({ bytes, ...line }) => ({ ...line, text: bytes.toString('latin1') }))

/** How many bytes are looked at while lines are joined: found by a scan, or one by one. */
function countLooks(lines: readonly Line[]): number {
  let looks = 0
  const counted = lines.map((line) => {
    const bytes = Buffer.from(line.bytes)
    return {
      ...line,
      bytes: Object.assign(bytes, {
        includes(value: number): boolean {
          looks += bytes.length
          return Buffer.prototype.includes.call(bytes, value)
        },
        *[Symbol.iterator](): Generator<number> {
          for (let i = 0; i < bytes.length; i++) {
            looks++
            yield bytes[i]!
          }
        },
      }),
    }
  })
  join(counted as unknown as Line[])
  return looks
}

describe('Quoted lines', () => {
  const pieces = fc.array(
    fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom(
          '"',
          '","',
          ',"',
          '",',
          'a',
          ',',
          '\n',
          '\r\n',
          'a","\n',
          '\n\n',
        ),
      },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 40_000 }).map((n) => 'x'.repeat(n)) },
    ),
    { maxLength: 80, size: 'max' },
  )

  test('Quoted lines are joined as a simple reference implementation does', () => {
    const seen = { joined: 0, givenUp: 0 }
    fc.assert(
      fc.property(pieces, (all) => {
        const lines = linesOf(all.join(''))
        const found = join(lines)
        expect(shown(found)).toEqual(shown([...new RereadLines().join(lines)]))
        for (const { bytes } of found)
          if (bytes.includes('\n')) seen.joined++
          else if (endsInside(bytes, false)) seen.givenUp++
      }),
      { numRuns: 500 },
    )
    expect(seen.joined).toBeGreaterThan(300)
    expect(seen.givenUp).toBeGreaterThan(300)
  })

  test.each([
    ['quotes that never close', 'a","\n'],
    ['quotes that close at once', '"a","b"\n'],
    ['a quote before blank lines', `"a\n${'\n'.repeat(5000)}`],
    ['cells of many lines', `"${'text\n'.repeat(100)}",b\n`],
    ['quotes of other lines within reach', `a,"b\n${'x,y\n'.repeat(1000)}`],
  ])('Quoted lines are read at most four times: %s', (_, unit) => {
    for (const bytes of [2 ** 17, 2 ** 18]) {
      const lines = linesOf(unit.repeat(Math.ceil(bytes / unit.length)))
      expect(countLooks(lines)).toBeLessThanOrEqual(4 * bytes + 4 * unit.length)
    }
  })

  test('Held lines never exceed their bound, even when they are blank', () => {
    const lines = linesOf(`"a\n${'\n'.repeat(MAX_QUOTED_BYTES + 1000)}`)
    const quoted = new QuotedLines(',')
    let given = 0
    let mostHeld = 0
    lines.forEach((line, i) => {
      given += [...quoted.join([line])].length
      mostHeld = Math.max(mostHeld, i + 1 - given)
    })
    expect(mostHeld).toBe(MAX_QUOTED_BYTES - 1)
  })

  test('Quoted lines end at their bound, to the exact byte', () => {
    for (const [over, records] of [
      [0, 1],
      [1, 3],
    ] as const) {
      const inside = 'x'.repeat(MAX_QUOTED_BYTES - 3 + over)
      expect(join(linesOf(`"a\n${inside}\nb"\n`))).toHaveLength(records)
    }
  })
})
