import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFlaw, parseRecord, parseTyped } from '../../functions/intake/json-record.ts'
import { countKeys, repeatedKeyIn, shapeOf } from '../../functions/intake/json-text.ts'

/** V8's own text of a number, which no parsed value has: the oracle. */
const exactly = (text: string): unknown =>
  (JSON.parse as (text: string, revive: (...seen: never[]) => unknown) => unknown)(
    text,
    (_key: string, value: unknown, { source }: { source?: string }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
        ? source
        : value,
  )
const depthOf = (value: unknown): number =>
  value !== null && typeof value === 'object'
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0

/** Number literals of every kind, around and beyond what a double holds. */
const numberText = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((n) => JSON.stringify(n)),
  fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(0n, 10n ** 20n)).map((p) => p.join('.')),
  fc
    .tuple(
      fc.bigInt(-(10n ** 18n), 10n ** 18n),
      fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant('-12345678901234567')),
    )
    .map((p) => p.join('e')),
)
const key = fc.oneof(
  fc.string({ maxLength: 6, unit: 'binary' }),
  fc.constantFrom('a', 'b":1,"', '\\', '\ud800'),
)
const space = fc.constantFrom('', ' ', '\t', '  ')
/** JSON texts as they may be written: blanks anywhere, strings with every sign, numbers of all lengths. */
const { object } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberText,
    key.map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '[]', '{}'),
    fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
    tie('object'),
  ),
  object: fc
    .tuple(
      fc.uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([name]) => name }),
      space,
    )
    .map(
      ([pairs, blank]) =>
        `{${pairs.map(([name, value]) => `${blank}${JSON.stringify(name)}${blank}:${blank}${value}`).join(`${blank},`)}${blank}}`,
    ),
}))

describe('JSON texts', () => {
  test('The shape of a JSON text has its depth and key counts', () => {
    fc.assert(
      fc.property(object, (text) => {
        const value = JSON.parse(text) as object
        expect(shapeOf(text)).toMatchObject({ depth: depthOf(value), keys: countKeys(value) })
        expect(repeatedKeyIn(text)).toBeNull()
      }),
    )
  })

  test('Integers keep every digit, and other numbers read as JSON does', () => {
    fc.assert(
      fc.property(object, (text) => {
        const parsed = parseTyped(text)
        if (isFlaw(parsed)) return
        expect(parsed.typed).toEqual(JSON.parse(text))
        expect(parsed.exact).toEqual(exactly(text))
      }),
      { numRuns: 500 },
    )
  })

  test('A key repeated in one object is found, but not across objects', () => {
    fc.assert(
      fc.property(object, key, numberText, (text, name, number) => {
        const twice = `{"outer":[${text},{${JSON.stringify(name)}:1,"x":"\\":","${'\\u0079'}":${number},${JSON.stringify(name)} :2}]}`
        const isTwice = name !== 'x' && name !== 'y'
        const record = parseRecord(twice)
        expect(isFlaw(record) && record.reason).toBe('duplicate_key')
        if (isTwice) expect(repeatedKeyIn(twice)).toBe(name)
        expect(repeatedKeyIn(`{"outer":[${text},${text}]}`)).toBeNull()
      }),
    )
  })

  test.each([
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740993', '-9007199254740993'],
    ['1234567890123456353', '1234567890123456353'],
    ['1767571200123456', 1767571200123456],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['12345678901234567.5', Number('12345678901234567.5')],
    ['12345678901234567e2', Number('12345678901234567e2')],
    ['1e-12345678901234567', 0],
    ['-1E+0000000000000000', -1],
    ['"12345678901234567"', '12345678901234567'],
  ])('The JSON value %s is read correctly', (text, expected) => {
    for (const around of [`{"a":${text}}`, `{"a": ${text} }`])
      expect(parseRecord(around)).toEqual({ a: expected })
    expect(parseRecord(`{"a":[0,${text},${text}]}`)).toEqual({ a: [0, expected, expected] })
  })

  test.each([
    '{1234567890123456789:1}',
    '{"a":01234567890123456789}',
    '{"a":1234567890123456789"}',
  ])('Quoting long numbers never makes an invalid text valid: %s', (text) => {
    expect(parseRecord(text)).toMatchObject({ reason: 'not_json' })
  })
})
