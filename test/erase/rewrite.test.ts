import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COUNTER_COLUMNS,
  EVENT_COLUMNS,
  SAMPLE_COLUMNS,
  SERVED_COLUMNS,
  STATE_COLUMNS,
} from '../../functions/contract/rows.ts'
import { PAIR_COLUMNS, SEQUENCE_COLUMNS } from '../../functions/contract/sample-kinds.ts'
import { CORRECTION_COLUMNS, VERDICT_COLUMNS } from '../../functions/contract/verdicts.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { readColumns, readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { hasHash, NOBODY, withoutHash } from '../../functions/erase/person.ts'
import { jsonWithoutPerson, linesWithoutPerson } from '../../functions/erase/rewrite-json.ts'
import { withoutPerson } from '../../functions/erase/rewrite-parquet.ts'
import { OTHER, PERSON } from '../make/erase-world.ts'

const RUNS = { numRuns: 40 }
const id = fc.constantFrom(PERSON, OTHER, 'i1', `${PERSON}\u001fshoes`, `shoes\u001f${OTHER}`)
const isOwn = (one: string): boolean => one.includes(PERSON)

describe('Rewriting Parquet', () => {
  test('The rows of others keep their bytes and their order', async () => {
    const counted = fc.record({ id, count: fc.nat(99), hourMs: fc.nat(1e12) })
    await fc.assert(
      fc.asyncProperty(fc.array(counted, { maxLength: 30 }), async (counts) => {
        const rows = counts.map((row) => ({ kind: 'user', event: 'click', ...row }))
        const kept = rows.filter((row) => !isOwn(row.id))
        const bytes = writeParquet(COUNTER_COLUMNS, rows)
        const left = await withoutPerson(bytes, PERSON, 'counters')
        if (kept.length === rows.length) {
          expect(left).toBeNull()
          return
        }
        expect(left!.bytes).toEqual(writeParquet(COUNTER_COLUMNS, kept))
        expect([left!.rows, left!.removed.length]).toEqual([kept.length, rows.length - kept.length])
        expect(await withoutPerson(left!.bytes, PERSON, 'counters')).toBeNull()
      }),
      RUNS,
    )
  })

  test.each(
    Object.entries({
      EVENT_COLUMNS,
      SERVED_COLUMNS,
      STATE_COLUMNS,
      SAMPLE_COLUMNS,
      PAIR_COLUMNS,
      SEQUENCE_COLUMNS,
      CORRECTION_COLUMNS,
      VERDICT_COLUMNS,
    }),
  )('A file is read with the types that wrote it: %s', async (_name, columns) => {
    const read = await readColumns(writeParquet(columns, []), 'a file')
    expect(read).toEqual(
      Object.fromEntries(
        Object.entries(columns).map(([name, type]) => [name, type === 'json' ? 'string' : type]),
      ),
    )
  })

  test('A file that loses every row stays and can be read', async () => {
    const rows = [{ kind: 'user', id: PERSON, event: 'click', hourMs: 0, count: 1 }]
    const left = await withoutPerson(writeParquet(COUNTER_COLUMNS, rows), PERSON, 'counters')
    expect(await readParquet(left!.bytes)).toEqual([])
    expect(left!.bytes).toEqual(writeParquet(COUNTER_COLUMNS, []))
  })

  test('A row of another user that mentions the person stays', async () => {
    const row = (context: string) => ({ user: OTHER, event: 'e', type: 'impression', context })
    const bytes = writeParquet(EVENT_COLUMNS, [row(`{"friend":"${PERSON}"}`)])
    const left = await withoutPerson(bytes, PERSON, 'events')
    expect(left!.removed).toEqual([])
    expect(left!.bytes).toEqual(writeParquet(EVENT_COLUMNS, [row(`{"friend":"${NOBODY}"}`)]))
  })
})

describe('The hash in bytes', () => {
  test('It is found and replaced as text and as sixteen bytes', () => {
    const around = fc.uint8Array({ maxLength: 20 })
    fc.assert(
      fc.property(around, around, fc.boolean(), (before, after, isText) => {
        const hash = Buffer.from(PERSON, isText ? 'latin1' : 'hex')
        const bytes = Buffer.concat([before, hash, after])
        expect(hasHash(bytes, PERSON)).toBe(true)
        const left = withoutHash(bytes, PERSON)
        expect(hasHash(left, PERSON)).toBe(false)
        expect(left).toHaveLength(bytes.length)
        expect(Buffer.from(left.slice(0, before.length))).toEqual(Buffer.from(before))
      }),
      RUNS,
    )
  })

  test('Bytes without it are found free of it', () => {
    expect(hasHash(Buffer.from(`${PERSON.slice(1)} ${OTHER}`), PERSON)).toBe(false)
  })
})

describe('Rewriting JSON', () => {
  test('A person leaves lists and fields, and other values stay', () => {
    const value = {
      rule: [PERSON, OTHER],
      rows: [{ user: PERSON, n: 1 }, { id: PERSON }, { user: OTHER, n: 2 }],
      [PERSON]: 5,
      text: `flag of ${PERSON}`,
    }
    expect(JSON.parse(jsonWithoutPerson(canonicalJson(value), PERSON)!)).toEqual({
      rule: [OTHER],
      rows: [{ user: OTHER, n: 2 }],
      text: `flag of ${NOBODY}`,
    })
  })

  test('Canonical JSON stays canonical, and text without the person stays', () => {
    const text = canonicalJson({ b: [PERSON], a: 1 })
    expect(jsonWithoutPerson(text, PERSON)).toBe('{"a":1,"b":[]}')
    expect(jsonWithoutPerson('{"b":1,"a":2}', PERSON)).toBeNull()
    expect(linesWithoutPerson(`{"a":1}\n{"u":"${PERSON}"}\n`, PERSON)).toBe('{"a":1}\n')
    expect(linesWithoutPerson('{"a":1}\n', PERSON)).toBeNull()
  })
})
