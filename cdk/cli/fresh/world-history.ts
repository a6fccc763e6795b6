import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import { normalizeEvent, normalizeStatement } from '../../../functions/intake/normalize.ts'
import { createBehaviour } from '../world/behaviour.ts'
import { firstItems, type Item, itemLine, newItems } from '../world/catalogue.ts'
import type { WorldOptions } from '../world/options.ts'
import { createPeople, personLine } from '../world/people.ts'
import { arrivalOf, closeHistory, type History, keepName } from './history.ts'

/** The seeded world without dirt and cheats, read and closed. Only tastes and items change. */
export function worldHistory(options: WorldOptions): History {
  const throughMs = options.startMs + options.days * DAY_MS
  const originOf = (arrivalMs: number, row: number) => ({ drop: 'experiment', arrivalMs, row })
  const statement = (line: string, kind: string, arrivalMs: number, row: number): EntityRow => {
    const { id, timeMs, attributes, text } = JSON.parse(line)
    const about = { id, timeMs, attributes, title: null, text: text ?? null }
    return normalizeStatement(about, kind, keepName, originOf(arrivalMs, row))
  }

  const people = createPeople(options)
  const behaviour = createBehaviour(options, people)
  const items: Item[] = []
  const itemRows: EntityRow[] = []
  const addItems = (added: readonly Item[], arrivalMs: number): void => {
    for (const item of added)
      itemRows.push(statement(itemLine(item), 'items', arrivalMs, itemRows.length))
    items.push(...added)
  }
  addItems(firstItems(options), options.startMs - HOUR_MS)
  const events: EventRow[] = []
  for (let hourMs = options.startMs; hourMs < throughMs; hourMs += HOUR_MS) {
    const day = (hourMs - options.startMs) / DAY_MS
    if (day > 0 && Number.isInteger(day)) addItems(newItems(options, day), hourMs)
    for (const event of behaviour.inHour(hourMs, items))
      events.push(normalizeEvent(event, keepName, originOf(arrivalOf(event.timeMs), events.length)))
  }
  const users = people.map((person, row) =>
    statement(personLine(person, options.startMs), 'users', options.startMs - HOUR_MS, row),
  )
  return closeHistory(events, itemRows, users, { fromMs: options.startMs, throughMs })
}
