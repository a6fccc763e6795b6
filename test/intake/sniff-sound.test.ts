import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import type { Logs } from '../../functions/contract/logs.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { sniff } from '../../functions/intake/sniff.ts'
import { DAY0_MS } from '../make/events.ts'
import { FOREIGN_NAMES, foreignBytes } from './fixtures/foreign-bytes.ts'
import { good, takeIn } from './take-in.ts'

/** Words of any script, and of any sign that a line of text may have. */
const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom('一二三', 'ਸਤ ਸ੍ਰੀ', 'مرحبا', 'PAR1', '[1]', "{'a': 1}", '<html>', '📦', 'BZh9'),
  )
  .map((text) => text.replaceAll(/[\p{C}\p{Z}]/gu, '') || 'x')
const cell = word.map((text) => text.replaceAll(/[",;|\t]/g, '') || 'x')

/** A log of a format: a heading where it has one, and sound lines; whether any line may come first. */
interface Log {
  format: string
  heading?: string
  line: (n: number, user: string, item: string) => string
  words: fc.Arbitrary<string>
}
const secondsOf = (n: number): number => DAY0_MS / 1000 + n
const isoOf = (n: number): string => new Date(DAY0_MS + n * 1000).toISOString()
const LOGS: readonly Log[] = [
  {
    format: 'jsonl',
    words: word,
    line: (n, userId, itemId) => good({ eventId: `e${n}`, userId, itemId }),
  },
  {
    format: 'metarank',
    words: word,
    line: (n, user, item) =>
      JSON.stringify({
        ...{
          event: 'ranking',
          id: `r${n}`,
          timestamp: DAY0_MS + n,
          user,
          session: 's',
          fields: [],
        },
        items: [{ id: item }, { id: 'other' }],
      }),
  },
  {
    format: 'personalize',
    words: cell,
    heading: 'USER_ID,ITEM_ID,TIMESTAMP',
    line: (n, user, item) => `${user},${item},${secondsOf(n)}`,
  },
  {
    format: 'movielens',
    words: cell,
    heading: 'user_id:token\titem_id:token\trating:float\ttimestamp:float',
    line: (n, user, item) => `${user}\t${item}\t${n % 6}\t${secondsOf(n)}`,
  },
  {
    format: 'open-bandit',
    words: cell,
    heading:
      ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3',
    line: (n, user, item) => `${n},${isoOf(n)},${item},1,0,0.5,${user},b,c,d`,
  },
  {
    format: 'access-log',
    words: cell.map(encodeURIComponent),
    line: (n, user, item) =>
      `203.0.113.${n % 9} - ${user} [05/Jan/2026:00:00:${10 + n} +0000] "GET /${item} HTTP/1.1" 200 1 "-" "Agent"`,
  },
  {
    format: 'csv/mapping=bare',
    words: cell,
    line: (n, user, item) => `${user},${item},${DAY0_MS + n},0`,
  },
  {
    format: 'csv/mapping=headed',
    words: cell,
    heading: '[user],[item],PAR1,ORC',
    line: (n, user, item) => `${user},${item},${DAY0_MS + n},0`,
  },
  {
    format: 'csv/mapping=fields',
    words: word,
    line: (n, user, item) =>
      JSON.stringify({ Records: [{ user, item, time: DAY0_MS + n, y: '0' }] }),
  },
]
const columns = (user: string, item: string, time: string, label: string) => ({
  ...{ user, item, time: { column: time, unit: 'milliseconds' } },
  label: { column: label, positive: ['1'] },
})
const LOGS_OF_SCENE: Logs = {
  mappings: {
    bare: mappingSchema.parse({ ...columns('u', 'i', 't', 'y'), header: ['u', 'i', 't', 'y'] }),
    headed: mappingSchema.parse(columns('[user]', '[item]', 'PAR1', 'ORC')),
    fields: mappingSchema.parse({
      ...columns('Records.0.user', 'Records.0.item', 'Records.0.time', 'Records.0.y'),
      layout: 'json-lines',
    }),
  },
}

/** First lines that are like something else: begun arrays, magic with noise behind it, other formats. */
const magic = fc.constantFrom(
  ...FOREIGN_NAMES.map((name) => foreignBytes(name).subarray(0, 24)),
  ...[
    '\x1f\x8b\x08',
    '%PDF-1.4\r',
    '\x89PNG\r\n',
    'GIF89a',
    '\xff\xfe',
    '\xfe\xff',
    '\xff\xfe\0\0',
  ].map((text) => Buffer.from(text, 'latin1')),
)
const begun = fc.constantFrom(
  ...[
    '[',
    '{',
    '[{"a":1},',
    '[{"a":1},{"b":2}',
    '{"a":',
    '{"Records":[',
    '{"a":1}{"b":2}',
    '[1,2]',
  ],
  ...[
    '[{"a":1}]',
    "{'a': 1}",
    "[{'a': 1},",
    '{"a": None}',
    '<?xml version="1.0"?>',
    '<html>',
    'a,b,c',
  ],
  ...[
    '"',
    '\ufeff',
    '﻿{',
    'PAR1,user,item',
    'ORCID,name',
    'BZh9,user',
    '{"a":1,\r"b":2}',
    '\r\r\r',
    '',
  ],
)
const firstLine = fc.oneof(
  begun.map((text) => Buffer.from(text)),
  word.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(magic, fc.uint8Array({ maxLength: 40 }))
    .map(([start, noise]) => Buffer.concat([start, noise])),
)

const blanks = fc.constantFrom('\n', '\n', '\n\n\n\n\n')

async function takeLog(log: Log, body: Buffer | string, isPacked: boolean) {
  const [format, mapping] = log.format.split('/mapping=') as [string, string?]
  const { manifest } = await takeIn(isPacked ? gzipSync(body) : body, {
    key: `raw/feed/events/a.log${isPacked ? '.gz' : ''}`,
    metadata: {
      [DROP_METADATA.format]: format,
      ...(mapping && { [DROP_METADATA.mapping]: mapping }),
    },
    logs: LOGS_OF_SCENE,
  })
  return manifest
}
const pairs = (log: Log) => fc.array(fc.tuple(log.words, log.words), { minLength: 1, maxLength: 9 })

describe('Sound logs', () => {
  test.each(LOGS)(
    'A sound $format log is accepted in any language and line ending',
    async (log) => {
      await fc.assert(
        fc.asyncProperty(
          pairs(log),
          fc.constantFrom('\n', '\r\n'),
          fc.boolean(),
          fc.boolean(),
          fc.boolean(),
          async (words, end, isEnded, isMarked, isPacked) => {
            const lines = words.map(([user, item], n) => log.line(n, user, item))
            const all = log.heading === undefined ? lines : [log.heading, ...lines]
            const body = `${isMarked ? '\ufeff' : ''}${all.join(end)}${isEnded ? end : ''}`
            const manifest = await takeLog(log, body, isPacked)
            expect(manifest).toMatchObject({ refused: null, read: words.length })
            expect(manifest.accepted).toBe(words.length)
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  test.each(LOGS.filter(({ heading }) => heading === undefined))(
    'A sound $format log is not refused, whatever its first line',
    async (log) => {
      await fc.assert(
        fc.asyncProperty(
          firstLine,
          blanks,
          pairs(log),
          fc.boolean(),
          async (first, gap, words, isPacked) => {
            const lines = words.map(([user, item], n) => log.line(n, user, item))
            // Noise of no more than half the head: more, and nobody could tell.
            fc.pre(first.length < lines.join('\n').length / 2)
            const body = Buffer.concat([first, Buffer.from(`${gap}${lines.join('\n')}\n`)])
            const manifest = await takeLog(log, body, isPacked && first.length > 0)
            // What begins as gzip or zstd does is unpacked as such.
            fc.pre(!Object.keys(manifest.quarantined).some((reason) => /compression/.test(reason)))
            expect(manifest.refused).toBeNull()
            expect(manifest.accepted).toBeGreaterThanOrEqual(words.length - 1)
          },
        ),
        { numRuns: 300 },
      )
    },
  )

  test('A log cut anywhere is not refused when two lines are whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LOGS),
        fc.array(fc.tuple(cell, cell), { minLength: 3, maxLength: 9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (log, words, share, isWhole) => {
          const lines = words.map(([user, item], n) => log.line(n, encodeURIComponent(user), item))
          const all = Buffer.from([log.heading ?? log.line(50, 'a', 'b'), ...lines].join('\n'))
          const least = all.indexOf(10, all.indexOf(10) + 1)
          const head = all.subarray(0, least + Math.floor(share * (all.length - least)))
          const declared = declaredOf(log)
          expect(sniff(head, isWhole, { name: 'a', declared })).toBeNull()
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each<[string, Log['format'], string]>([
    ['one record', 'jsonl', good()],
    ['one ranking of many items', 'metarank', LOGS[1]!.line(1, 'u', 'i')],
    [
      'one record of a list that a mapping reaches into',
      'csv/mapping=fields',
      LOGS[8]!.line(1, 'u', 'i'),
    ],
    ['a record with carriage returns for blanks', 'jsonl', good().replaceAll(',', ',\r')],
    [
      'blank lines before and between',
      'jsonl',
      `\n\n \n${good()}\n\n${good({ eventId: 'b' })}\n\n`,
    ],
    [
      'a list of objects beside the record’s own fields',
      'jsonl',
      good({ products: [{ id: 'a' }] }),
    ],
    ['a heading and no row', 'personalize', 'USER_ID,ITEM_ID,TIMESTAMP'],
    ['cells in quotes with carriage returns', 'personalize', 'USER_ID,ITEM_ID,TIMESTAMP,"A\rB"'],
  ])('A sound log of %s is not refused', async (_, format, body) => {
    const log = LOGS.find((each) => each.format === format)!
    const { refused, quarantined } = await takeLog(log, body, false)
    expect({ refused, quarantined }).toEqual({ refused: null, quarantined: {} })
  })

  test('A log that begins in another encoding is not refused', async () => {
    const sound = Array.from({ length: 9 }, (_, n) => good({ eventId: `e${n}` })).join('\n')
    const wide = Buffer.from('x'.repeat(Math.floor(sound.length * 0.48)), 'utf16le')
    const { manifest } = await takeIn(Buffer.concat([wide, Buffer.from(`\n${sound}`)]))
    expect(manifest).toMatchObject({ read: 10, accepted: 9, refused: null })
  })

  test('A log whose first line is too long is not refused', async () => {
    for (const long of ['x', '[{"a":1},', '{"Records":[{},', '{}{}', "{'a':1}", 'a\rb\r', '\0']) {
      const first = long.repeat(Math.ceil((3 * 2 ** 20) / long.length))
      for (const tail of ['\n', '\n\n\r\n \n']) {
        const { manifest } = await takeIn(`${first}${tail}${good()}`)
        expect(manifest).toMatchObject({ read: 2, accepted: 1, refused: null })
      }
    }
  })
})

function declaredOf({ format }: Log) {
  if (format === 'csv/mapping=fields') return 'mapped-json'
  return format === 'jsonl' || format === 'metarank' ? 'json' : 'text'
}
