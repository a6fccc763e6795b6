import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { day, floored, iso, table, timesOf, traffic } from './traffic.ts'
import { type LabelledLog, nothing } from './truth.ts'

/** What tills and trials write down, and who the customers are. */

/** A grocer's till: months first, no hour. */
export function taFeng(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2000-11-01T00:00:00Z', days: 28 })
  const rows = visits.map(({ user, item, timeMs }) => {
    const [year, month, date] = day(timeMs).split('-').map(Number)
    return [
      `${month}/${date}/${year}`,
      String(1_100_000 + user * 81).padStart(8, '0'),
      draws.pick(['30-34', '45-49', '>65']),
      draws.pick([115, 221]),
      100_000 + (item % 20) * 201,
      4_710_000_000_000 + item * 1_000_117,
      1 + draws.below(3),
      20 + (item % 40),
      25 + (item % 40),
    ]
  })
  const header = ['TRANSACTION_DT', 'CUSTOMER_ID', 'AGE_GROUP', 'PIN_CODE', 'PRODUCT_SUBCLASS']
  return {
    file: 'ta_feng_all_months_merged.csv',
    body: table([...header, 'PRODUCT_ID', 'AMOUNT', 'ASSET', 'SALES_PRICE'], rows),
    truth: {
      kind: 'mapping',
      time: ['TRANSACTION_DT'],
      timesMs: floored(visits, DAY_MS),
      user: ['CUSTOMER_ID'],
      item: ['PRODUCT_ID'],
      readings: [{ everyRow: 'purchase' }],
      others: { value: ['AMOUNT', 'SALES_PRICE', 'ASSET'] },
    },
  }
}

export function germanOrders(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 14 })
  const rows = visits.map(({ user, session, item, timeMs }) => [
    `B-${session}`,
    `K${1000 + user}`,
    `A-${200 + item}`,
    1 + draws.below(3),
    `${9 + (item % 30)},${draws.pick(['90', '95', '50'])}`,
    `${day(timeMs).split('-').reverse().join('.')} ${iso(timeMs).slice(11, 19)}`,
  ])
  const header = [
    'Bestellnummer',
    'Kundennummer',
    'Artikelnummer',
    'Menge',
    'Preis',
    'Bestelldatum',
  ]
  return {
    file: 'bestellungen.csv',
    body: table(header, rows, ';'),
    truth: {
      kind: 'mapping',
      time: ['Bestelldatum'],
      timesMs: timesOf(visits),
      user: ['Kundennummer'],
      item: ['Artikelnummer'],
      readings: [{ everyRow: 'purchase' }],
      others: { value: ['Preis', 'Menge'], request: ['Bestellnummer'] },
    },
  }
}

/** A trial of advertising: what people are like, who was treated, and who came. No one is named. */
export function uplift(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 300 }, () => [
    ...Array.from({ length: 12 }, () => (10 * draws.normal()).toFixed(8)),
    Number(draws.uniform() < 0.85),
    Number(draws.uniform() < 0.05),
    Number(draws.uniform() < 0.1),
    Number(draws.uniform() < 0.3),
  ])
  const features = Array.from({ length: 12 }, (_, i) => `f${i}`)
  return {
    file: 'criteo-uplift.csv',
    body: table([...features, 'treatment', 'conversion', 'visit', 'exposure'], rows),
    truth: {
      ...nothing,
      readings: [
        { labels: ['conversion'], positive: '1' },
        { labels: ['visit'], positive: '1' },
      ],
    },
  }
}

/** Users alone: what they are like. */
export function userFile(draws: Draws): LabelledLog {
  const rows = Array.from({ length: 200 }, (_, i) => [
    `u${5000 + i}`,
    18 + draws.below(60),
    draws.pick(['F', 'M']),
    draws.pick(['student', 'engineer', 'nurse']),
    draws.pick(['75011', '10115', '00184']),
  ])
  return {
    file: 'users.csv',
    body: table(['user_id', 'age', 'gender', 'occupation', 'zip_code'], rows),
    truth: { ...nothing, kind: 'catalogue', id: 'user_id' },
  }
}
