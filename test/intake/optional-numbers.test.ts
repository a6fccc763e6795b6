import { describe, expect, test } from 'vitest'
import { dropManifestSchema } from '../../functions/contract/accounts.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { DAY0_MS } from '../make/events.ts'
import { takeIn } from './take-in.ts'

const SECONDS = DAY0_MS / 1000
const takeTable = (rows: readonly string[], fields: object = {}) =>
  takeIn(['u,i,t,e,price,rank,p', ...rows].join('\n'), {
    metadata: { [DROP_METADATA.format]: 'csv' },
    logs: {
      mappings: {
        own: mappingSchema.parse({
          time: { column: 't', unit: 'seconds' },
          user: 'u',
          item: 'i',
          event: {
            column: 'e',
            impressions: ['view'],
            outcomes: { buy: 'purchase' },
            ignored: ['wish'],
          },
          ...{ value: 'price', position: { column: 'rank' }, propensity: 'p', ...fields },
        }),
      },
    },
  })
const row = (event: string, price = '', rank = '', propensity = '') =>
  `u1,i1,${SECONDS},${event},${price},${rank},${propensity}`

describe('Invalid optional numbers', () => {
  test('An invalid optional number leaves its field empty and is counted', async () => {
    const { manifest, rows, setAside } = await takeTable([
      row('buy', '—'),
      row('buy', '$99.99'),
      row('buy', '12.5'),
      row('view', '', 'first', 'n/a'),
      row('view', '', '2', '0.5'),
    ])
    expect(setAside).toEqual([])
    expect(manifest).toMatchObject({ read: 5, accepted: 5, warnings: { not_a_number: 4 } })
    expect(
      rows.map(({ type, value, position, propensity }) => [type, value, position, propensity]),
    ).toEqual([
      ['outcome', null, null, null],
      ['outcome', null, null, null],
      ['outcome', 12.5, null, null],
      ['impression', null, null, null],
      ['impression', null, 2, 0.5],
    ])
  })

  test('An invalid number in an unread field is not counted', async () => {
    const { manifest } = await takeTable([
      row('view', '—'),
      row('buy', '1', '—', '—'),
      row('wish', '—', '—', '—'),
    ])
    expect(manifest).toMatchObject({ read: 3, accepted: 3, events: 2, quarantined: {} })
    expect(manifest.warnings).toBeUndefined()
  })

  test('An invalid number that decides the row kind quarantines the row', async () => {
    const label = { event: undefined, label: { column: 'e', atLeast: 4 } }
    const { manifest } = await takeTable([row('many'), row('5')], label)
    expect(manifest).toMatchObject({ accepted: 1, quarantined: { bad_row: 1 } })
  })

  test('Personalize outcomes omit an invalid value unless the value decides them', async () => {
    const take = (personalize: object) =>
      takeIn(
        `USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\nu1,i1,${SECONDS},click,—\nu1,i2,${SECONDS},,—`,
        {
          metadata: { [DROP_METADATA.format]: 'personalize' },
          logs: { personalize: { impressionEvents: ['impression'], outcomes: {}, ...personalize } },
        },
      )
    const { manifest, rows } = await take({})
    expect(manifest).toMatchObject({ accepted: 2, warnings: { not_a_number: 2 } })
    expect(rows.map(({ type, value }) => [type, value])).toEqual([
      ['outcome', null],
      ['impression', null],
      ['outcome', null],
    ])
    const { manifest: byValue } = await take({ minEventValue: 3 })
    expect(byValue).toMatchObject({ accepted: 1, quarantined: { bad_row: 1 } })
  })

  test('A quarantined line does not count its invalid numbers', async () => {
    const { manifest } = await takeTable([`,i1,${SECONDS},buy,—,,`])
    expect(manifest).toMatchObject({ accepted: 0, quarantined: { missing_field: 1 } })
    expect(manifest.warnings).toBeUndefined()
  })

  test('An older manifest without the invalid number count is still valid', async () => {
    const { manifest } = await takeTable([row('buy', '—')])
    const { warnings, ...older } = manifest
    expect(warnings).toEqual({ not_a_number: 1 })
    expect(dropManifestSchema.parse(older)).toEqual(older)
  })
})
