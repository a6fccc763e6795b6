import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY0_MS } from '../make/events.ts'
import { takeIn } from './take-in.ts'

const SECOND = DAY0_MS / 1000

/** Takes a log in by a mapping, and answers its account and its events in order. */
async function takeMapped(mapping: object, body: Uint8Array | string) {
  const parsed = mappingSchema.parse({
    time: { column: 'ts', unit: 'seconds' },
    user: 'user',
    item: 'item',
    ...mapping,
  })
  const { manifest, rows, setAside } = await takeIn(body, {
    key: 'raw/feed/events/a.log',
    metadata: { [DROP_METADATA.format]: 'csv' },
    logs: { mappings: { shop: parsed } },
  })
  const events = rows.sort((a, b) => a.row - b.row)
  return { manifest, events, setAside }
}
const label = { label: { column: 'clicked', positive: ['1'] } }
const lines = (...all: string[]): string => all.join('\n')

describe('Row times', () => {
  test.each([
    [
      'a date and a time column',
      ['d', 't'],
      { pattern: 'yyyy-MM-dd HH:mm:ss' },
      '2026-01-05,00:01:02',
    ],
    ['a date and a time column in ISO 8601', ['d', 't'], { unit: 'iso' }, '2026-01-05,00:01:02'],
    ['two digits of a year and an hour', 't', { pattern: 'yyMMddHH' }, 'x,26010500'],
    ['a clock of twelve', 't', { pattern: 'M/d/yyyy h:mm:ss a' }, 'x,1/5/2026 12:01:02 AM'],
    ['digits down to milliseconds', 't', { pattern: 'yyyyMMddHHmmssSSS' }, 'x,20260105000102000'],
    [
      'weekday and month names',
      't',
      { pattern: 'EEE MMM dd HH:mm:ss XXX yyyy' },
      'x,Mon Jan 05 00:01:02 +0000 2026',
    ],
    ['an offset and UTC', 't', { unit: 'iso' }, 'x,2026-01-05 00:01:02 +0000 UTC'],
    ['UTC by name', 't', { unit: 'iso' }, 'x,2026-01-05 00:01:02 UTC'],
    ['a full month name', 't', { pattern: 'EEEE d MMMM yyyy' }, 'x,Monday 5 January 2026'],
  ])('The time of a row is read from %s', async (_, column, how, cells) => {
    const { events } = await takeMapped(
      { time: { column, ...how }, ...label },
      lines('d,t,user,item,clicked', `${cells},u1,i1,0`),
    )
    const exact = DAY0_MS + 62_000
    const isCoarse = cells.endsWith(',26010500') || cells.includes('January')
    expect(events.map(({ timeMs }) => timeMs)).toEqual([isCoarse ? DAY0_MS : exact])
  })

  test('The time 12 PM is noon, and 13 PM does not exist', async () => {
    const { events, manifest } = await takeMapped(
      { time: { column: 'ts', pattern: 'yyyy-MM-dd hh:mm a' }, ...label },
      lines('ts,user,item,clicked', '2026-01-05 12:00 PM,u,i,0', '2026-01-05 13:00 PM,u,i,0'),
    )
    expect(events.map(({ timeMs }) => timeMs)).toEqual([DAY0_MS + 12 * 3_600_000])
    expect(manifest.quarantined).toEqual({ bad_row: 1 })
  })
})

describe('Identities', () => {
  test('The user is the first of several columns that is filled', async () => {
    const { events, manifest } = await takeMapped(
      { user: { firstOf: ['user', 'anonymous'] }, missing: ['NA', '\\N'], ...label },
      lines(
        'ts,user,anonymous,item,clicked',
        `${SECOND},u1,a1,i1,0`,
        `${SECOND},NA,u1,i2,0`,
        `${SECOND}, \\N ,NA,i3,0`,
      ),
    )
    expect(new Set(events.map(({ user }) => user)).size).toBe(1)
    expect(manifest).toMatchObject({ accepted: 2, quarantined: { missing_field: 1 } })
  })

  test('A mapping may take an identity from a part of a column', async () => {
    const { events } = await takeMapped(
      { item: { column: 'line', within: 'GET {} HTTP/*' }, separator: '\t', ...label },
      lines('ts\tuser\tline\tclicked', `${SECOND}\tu\tGET /p/1?q=a b HTTP/1.1\t0`),
    )
    expect(events[0]).toMatchObject({ item: '/p/1?q=a b' })
  })
})

describe('Row meanings', () => {
  test('A row is an impression with an outcome for each positive label', async () => {
    const { events } = await takeMapped(
      {
        label: [
          { column: 'clicked', positive: ['1'] },
          { column: 'stars', atLeast: 3.5, outcome: 'purchase' },
        ],
        decimal: ',',
        separator: ';',
      },
      lines('ts;user;item;clicked;stars', `${SECOND};u;i;1;3,5`, `${SECOND};u;j;0;3,4`),
    )
    expect(events.map(({ item, type, outcome }) => [item, type, outcome])).toEqual([
      ['i', 'impression', null],
      ['i', 'outcome', 'click'],
      ['i', 'outcome', 'purchase'],
      ['j', 'impression', null],
    ])
  })

  test('Where every row is an outcome, no impression is made', async () => {
    const { events } = await takeMapped(
      { everyRow: 'purchase' },
      lines('ts,user,item', `${SECOND},u,i`),
    )
    expect(events.map(({ type, outcome }) => [type, outcome])).toEqual([['outcome', 'purchase']])
  })

  test('An event that the mapping ignores makes no record', async () => {
    const event = { column: 'e', impressions: ['view'], outcomes: {}, others: 'ignored' }
    const { manifest } = await takeMapped(
      { event },
      lines('ts,user,item,e', `${SECOND},u,i,view`, `${SECOND},u,i,scroll`),
    )
    expect(manifest).toMatchObject({ accepted: 2, events: 1, quarantined: {} })
  })
})

describe('Table layouts', () => {
  test.each([
    ['blanks', 'blanks', (cells: string[]) => `  ${cells.join('  \t ')}`],
    ['two colons', '::', (cells: string[]) => cells.join('::')],
  ])('A mapped table may be separated by %s', async (_, separator, join) => {
    const header = ['user', 'item', 'clicked', 'ts']
    const { events } = await takeMapped(
      { separator, header, ...label },
      lines(join(['u', 'i', '1', String(SECOND)]), join(['u', 'j', '0', String(SECOND)])),
    )
    expect(events.map(({ item, type }) => [item, type])).toEqual([
      ['i', 'impression'],
      ['i', 'outcome'],
      ['j', 'impression'],
    ])
  })

  test('Fields lines anywhere in a table name its columns', async () => {
    const { events, manifest } = await takeMapped(
      {
        header: 'fields',
        separator: 'blanks',
        time: { column: ['date', 'time'], unit: 'iso' },
        user: 'ip',
        item: 'path',
        label: { column: 'status', positive: ['200'] },
      },
      lines(
        '#Version: 1.0',
        '#Fields: date time ip path status',
        '2026-01-05 00:00:01 1.2.3.4 /a 200',
        '#Fields: status ip path date time',
        '404 1.2.3.4 /b 2026-01-05 00:00:02',
      ),
    )
    expect(manifest).toMatchObject({ read: 2, accepted: 2 })
    expect(events.map(({ item, type }) => [item, type])).toEqual([
      ['/a', 'impression'],
      ['/a', 'outcome'],
      ['/b', 'impression'],
    ])
  })

  test('A column without a name is called by its place', async () => {
    const { events } = await takeMapped(
      { eventId: 'column_1', ...label },
      lines(',ts,user,item,clicked', `0,${SECOND},u,i,0`),
    )
    expect(events).toHaveLength(1)
  })

  test.each([
    ['windows-1252', Buffer.from('ts,user,item,clicked\nTS,Ren\xe9,caf\xe9,0', 'latin1')],
    ['utf-16le', Buffer.from('\ufeffts,user,item,clicked\nTS,René,café,0', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeffts,user,item,clicked\nTS,René,café,0', 'utf16le').swap16()],
  ])('A mapped table is decoded from %s', async (encoding, bytes) => {
    const isWide = encoding !== 'windows-1252'
    const mark = Buffer.from('TS', isWide ? 'utf16le' : 'latin1')
    const stamp = Buffer.from(String(SECOND), isWide ? 'utf16le' : 'latin1')
    if (encoding === 'utf-16be') for (const one of [mark, stamp]) one.swap16()
    const at = bytes.indexOf(mark)
    const body = Buffer.concat([bytes.subarray(0, at), stamp, bytes.subarray(at + mark.length)])
    const { events, manifest } = await takeMapped({ encoding, ...label }, body)
    expect(manifest).toMatchObject({ read: 1, accepted: 1, refused: null })
    expect(events[0]).toMatchObject({ item: 'café' })
  })
})
