import { describe, expect, test } from 'vitest'
import { rawKey } from '../../functions/contract/keys.ts'
import type { EventRow, ServedRow } from '../../functions/contract/rows.ts'
import { DAY0_MS } from '../make/events.ts'
import { ARRIVAL_MS, good, takeIn } from './take-in.ts'

const USER = '0123456789abcdef0123456789abcdef'
const served = (fields: object = {}): string =>
  JSON.stringify({
    type: 'served',
    user: USER,
    item: 'i1',
    timeMs: DAY0_MS + 1000.5,
    requestId: 'req-1',
    position: 2,
    context: { device: 'phone' },
    release: 'hourly-20260105T00-0123abcd',
    closedThroughMs: DAY0_MS,
    cells: { item_shown_24h: 3, user_clicked_24h: null, category: 'news' },
    ...fields,
  })
const key = rawKey('feed', 'served', 'a.jsonl')

describe('Intake of served cells', () => {
  test('Served cells become rows that name no person and no request', async () => {
    const { manifest, rows, lake } = await takeIn(served(), { key })
    expect(manifest).toMatchObject({ kind: 'served', read: 1, accepted: 1, events: 1, byHour: {} })
    expect(manifest.files.map((file) => file.key)).toEqual([
      `clean/feed/served/date=${new Date(ARRIVAL_MS).toISOString().slice(0, 10)}/${ARRIVAL_MS}-${'d'.repeat(32)}-00000.parquet`,
    ])
    const [row] = rows as unknown as ServedRow[]
    expect(row).toMatchObject({
      ...{ user: USER, item: 'i1', timeMs: DAY0_MS + 1000, arrivalMs: ARRIVAL_MS, position: 2 },
      ...{ context: '{"device":"phone"}', release: 'hourly-20260105T00-0123abcd' },
      ...{ closedThroughMs: DAY0_MS, row: 0 },
    })
    expect(JSON.parse(row!.cells)).toEqual({
      item_shown_24h: 3,
      user_clicked_24h: null,
      category: 'news',
    })
    for (const { body } of lake.contents.values())
      expect(Buffer.from(body).toString('latin1')).not.toContain('req-1')
  })

  test('A served row has the request of the impressions of its slate', async () => {
    const [row] = (await takeIn(served(), { key })).rows as unknown as ServedRow[]
    const [event] = (await takeIn(good())).rows as EventRow[]
    expect(row!.request).toBe(event!.request)
  })

  test.each<[what: string, fields: object, reason: string, detail: RegExp]>([
    ['a raw user', { user: 'person-1' }, 'out_of_bounds', /^user: expected a pseudonym/],
    ['no release', { release: undefined }, 'missing_field', /^release: got nothing/],
    ['no cells', { cells: undefined }, 'missing_field', /^cells: got nothing/],
    ['cells in a list', { cells: [1] }, 'wrong_type', /^cells: .*an object of features and cells/],
    ['a list as a cell', { cells: { a: [1] } }, 'wrong_type', /^cells.a: got an array; /],
    ['a column as a name', { cells: { F_a: 1 } }, 'out_of_bounds', /^cells.F_a: .*no feature's/],
    ['a long text', { cells: { a: 'x'.repeat(32_769) } }, 'out_of_bounds', /^cells.a: .*32768/],
    ['half a character', { cells: { a: '\ud800' } }, 'ill_formed_text', /^cells.a: /],
    ['a time in seconds', { timeMs: 1_767_606_000 }, 'time_in_seconds', /^timeMs: /],
    ['an event', { type: 'impression' }, 'out_of_bounds', /^type: .*"served"/],
    ['a blank item', { item: ' ' }, 'blank_id', /^item: /],
  ])(
    'A served line with %s is quarantined with its reason',
    async (_what, fields, reason, detail) => {
      const { manifest, setAside } = await takeIn([served(fields), served()].join('\n'), { key })
      expect(manifest).toMatchObject({ read: 2, accepted: 1, quarantined: { [reason]: 1 } })
      expect(setAside[0]).toMatchObject({ reason, detail: expect.stringMatching(detail), line: 1 })
    },
  )

  test('Served cells in another format than JSON Lines are refused', async () => {
    const metadata = { 'quartermaster-format': 'personalize' }
    const { manifest } = await takeIn(served(), { key, metadata })
    expect(manifest.refused).toMatchObject({ reason: 'wrong_format' })
    expect(manifest.refused!.detail).toMatch(/got personalize, expected jsonl.*raw object stays/)
    expect(manifest.files).toEqual([])
  })
})
