import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { byUser, day, floored, hex, table, timesOf, traffic } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** Orders: every row was bought, and what was shown stands nowhere. */

export function onlineRetail(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2010-12-01T08:00:00Z', days: 14 })
  const rounded = visits.map((visit) => ({
    ...visit,
    timeMs: Math.floor(visit.timeMs / 60_000) * 60_000,
  }))
  const rows = rounded.map(({ timeMs, user, item, session }) => {
    const date = new Date(timeMs)
    const clock = `${date.getUTCHours()}:${String(date.getUTCMinutes()).padStart(2, '0')}`
    return [
      536_000 + session,
      draws.below(6) === 0 ? `${84_000 + item}B` : 84_000 + item,
      draws.pick(['WHITE METAL LANTERN', '"HEART, T-LIGHT HOLDER"', 'JUMBO BAG RED RETROSPOT']),
      draws.pick([1, 2, 6, 6, 12, -1]),
      `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock}`,
      (0.5 + (item % 20) * 0.35).toFixed(2),
      12_000 + user,
      draws.pick([...Array(8).fill('United Kingdom'), 'France', 'EIRE']),
    ]
  })
  const header = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate']
  return {
    file: 'OnlineRetail.csv',
    body: table([...header, 'UnitPrice', 'CustomerID', 'Country'], rows),
    truth: {
      kind: 'mapping',
      time: ['InvoiceDate'],
      timesMs: timesOf(rounded),
      user: ['CustomerID'],
      item: ['StockCode'],
      readings: [{ everyRow: 'purchase' }],
      others: { value: ['Quantity', 'UnitPrice'], request: ['InvoiceNo'] },
    },
  }
}

/** Orders joined with their products. `reordered` says what the customer did before, not now. */
export function instacart(draws: Draws): LabelledLog {
  const visits = byUser(traffic(draws))
  const rows = visits.map(({ user, item, session }, i) => [
    session * 17,
    user,
    1 + (session % 9),
    session % 7,
    8 + (session % 12),
    draws.pick([null, 3, 7, 15, 30]),
    item * 311,
    1 + (i % 6),
    draws.pick([0, 1, 1]),
  ])
  const header = ['order_id', 'user_id', 'order_number', 'order_dow', 'order_hour_of_day']
  const more = ['days_since_prior_order', 'product_id', 'add_to_cart_order', 'reordered']
  return {
    file: 'order_products.csv',
    body: table([...header, ...more], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['user_id'],
      item: ['product_id'],
      readings: [{ everyRow: 'purchase' }],
      others: { request: ['order_id'] },
    },
  }
}

/** Weeks and days are counted from the study's first: no column says when. */
export function dunnhumby(draws: Draws): LabelledLog {
  const visits = traffic(draws, { days: 100 })
  const rows = visits.map(({ user, item, session, timeMs }, i) => {
    const dayNumber = 1 + Math.floor((timeMs - visits[0]!.timeMs) / DAY_MS)
    return [
      user,
      `2698${String(4_806_000 + session)}`,
      dayNumber,
      820_000 + item * 377,
      draws.pick([1, 1, 1, 2]),
      (0.5 + (item % 25) * 0.41).toFixed(2),
      300 + (user % 40),
      draws.pick(['0', '0', '-0.6']),
      String(900 + ((i * 7) % 1300)).padStart(4, '0'),
      1 + Math.floor(dayNumber / 7),
      0,
      0,
    ]
  })
  const header = ['household_key', 'BASKET_ID', 'DAY', 'PRODUCT_ID', 'QUANTITY', 'SALES_VALUE']
  const more = ['STORE_ID', 'RETAIL_DISC', 'TRANS_TIME', 'WEEK_NO', 'COUPON_DISC']
  return {
    file: 'transaction_data.csv',
    body: table([...header, ...more, 'COUPON_MATCH_DISC'], rows),
    truth: {
      kind: 'mapping',
      time: ['order'],
      timesMs: [],
      user: ['household_key'],
      item: ['PRODUCT_ID'],
      readings: [{ everyRow: 'purchase' }],
      others: { value: ['SALES_VALUE', 'QUANTITY'], request: ['BASKET_ID'] },
    },
  }
}

export function hm(draws: Draws): LabelledLog {
  const visits = traffic(draws, { from: '2018-09-20T00:00:00Z' })
  const rows = visits.map(({ user, item, timeMs }) => [
    day(timeMs),
    hex(user, 64),
    String(500_000_000 + item * 7_003_001).padStart(10, '0'),
    (0.01 + (item % 20) * 0.0025).toFixed(6),
    draws.pick([1, 2, 2]),
  ])
  return {
    file: 'transactions_train.csv',
    body: table(['t_dat', 'customer_id', 'article_id', 'price', 'sales_channel_id'], rows),
    truth: {
      kind: 'mapping',
      time: ['t_dat'],
      timesMs: floored(visits, DAY_MS),
      user: ['customer_id'],
      item: ['article_id'],
      readings: [{ everyRow: 'purchase' }],
      others: { value: ['price'] },
    },
  }
}
