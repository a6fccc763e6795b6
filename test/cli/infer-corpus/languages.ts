import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { stamp, table, timesOf, traffic } from './traffic.ts'
import type { LabelledLog } from './truth.ts'

/** One table in several languages. */

function translated(
  draws: Draws,
  file: string,
  [time, user, item, event, price]: readonly [string, string, string, string, string],
  [view, click, buy]: readonly [string, string, string],
): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map((visit) => [
    stamp(visit.timeMs),
    10_000 + visit.user,
    700 + visit.item * 3,
    draws.pick([view, view, view, view, click, buy]),
    (9 + (visit.item % 40) * 1.5).toFixed(2),
  ])
  return {
    file,
    body: table([time, user, item, event, price], rows),
    truth: {
      kind: 'mapping',
      time: [time],
      timesMs: timesOf(visits),
      user: [user],
      item: [item],
      readings: [{ event, shown: [view], outcomes: { [click]: 'click', [buy]: 'purchase' } }],
      others: { value: [price] },
    },
  }
}

export const russian = (draws: Draws): LabelledLog =>
  translated(
    draws,
    'события.csv',
    ['время', 'пользователь', 'товар', 'событие', 'цена'],
    ['просмотр', 'клик', 'покупка'],
  )

export const chinese = (draws: Draws): LabelledLog =>
  translated(
    draws,
    '行为日志.csv',
    ['时间', '用户ID', '商品ID', '行为类型', '价格'],
    ['浏览', '点击', '购买'],
  )

export const spanish = (draws: Draws): LabelledLog =>
  translated(
    draws,
    'eventos.csv',
    ['fecha', 'usuario', 'artículo', 'evento', 'precio'],
    ['vista', 'clic', 'compra'],
  )
