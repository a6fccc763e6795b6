import { type EventRow, VALUE_SEPARATOR } from '../contract/rows.ts'
import { floorHour, MINUTE_MS, READING_MINUTES } from '../contract/time.ts'
import type { Series } from '../contract/values.ts'
import type { Block } from './block.ts'
import { type Catalogues, entityIdsOf, openAttributes, textsOf } from './sources.ts'
import { addToPile, mergePiles } from './states/pile.ts'
import type { RecordedEvent } from './states/state.ts'
import { stateKindOf } from './states/states.ts'

const textOfList = (texts: readonly string[]): string | null =>
  texts.length > 0 ? texts.join(VALUE_SEPARATOR) : null

/**
 * An event with the attributes that were known READING_MINUTES before its drop arrived. By then every
 * statement before them had been read, so near line and closing see the same ones. `catalogues` must
 * not add a delay of their own.
 */
export function recordedEvent(row: EventRow, catalogues: Catalogues): RecordedEvent {
  const attributeOf = openAttributes(row, row.arrivalMs - READING_MINUTES * MINUTE_MS, catalogues)
  const takenFrom = (source: string) => (source === 'value' ? row.value : attributeOf(source))
  return {
    timeMs: row.timeMs,
    event: row.type === 'impression' ? 'impression' : (row.outcome ?? ''),
    user: row.user,
    item: row.item,
    value: row.value,
    position: row.position,
    id: row.event,
    textOf: (source) => textOfList(textsOf(takenFrom(source))),
    numberOf(source) {
      const value = takenFrom(source)
      return typeof value === 'number' && Number.isFinite(value) ? value : null
    },
  }
}

/** The blocks of each entity, by its definition in `contract/features.ts` and by its id. */
export type RecordedBlocks = Map<string, Map<string, Block>>

/**
 * Accumulates events for all series. `arrivalMs`: when the drop of all these events arrived. Absent:
 * they are the kept events of a closing, and no block is ahead. A block is as far ahead as the latest
 * event of its entity, whether a series counts this event or not.
 */
export function recordEvents(
  series: readonly Series[],
  events: Iterable<RecordedEvent>,
  arrivalMs = Number.POSITIVE_INFINITY,
): RecordedBlocks {
  const byEntity = Map.groupBy(series, ({ entity }) => entity)
  const recorded: RecordedBlocks = new Map()
  const latest = new Map<string, Map<string, number>>()
  for (const event of events) {
    const named = {
      user: event.user,
      item: event.item,
      textsOf: (source: string) => event.textOf(source)?.split(VALUE_SEPARATOR) ?? [],
    }
    const states = new Map<string, unknown>()
    for (const [entity, own] of byEntity) {
      const ids = entityIdsOf(entity, named)
      for (const one of own)
        if (one.event === event.event)
          states.set(one.id, stateKindOf(one).record(event, one.parameters))
      for (const id of ids) {
        advance(latest, entity, id, event.timeMs)
        for (const one of own) {
          const state = states.get(one.id) ?? null
          if (state !== null) addTo(recorded, one, id, event.timeMs, state)
        }
      }
    }
  }
  for (const [entity, blocks] of recorded)
    for (const [id, block] of blocks) {
      block.aheadMs = Math.max(0, latest.get(entity)!.get(id)! - arrivalMs)
      for (const own of block.series.values()) mergePiles(own.series, own.buckets)
    }
  return recorded
}

function addTo(
  recorded: RecordedBlocks,
  series: Series,
  id: string,
  timeMs: number,
  state: unknown,
): void {
  const blocks = recorded.get(series.entity) ?? new Map<string, Block>()
  recorded.set(series.entity, blocks)
  const block = blocks.get(id) ?? { aheadMs: 0, series: new Map() }
  blocks.set(id, block)
  const own = block.series.get(series.id) ?? { series, buckets: new Map() }
  block.series.set(series.id, own)
  addToPile(series, own.buckets, floorHour(timeMs), state)
}

function advance(
  latest: Map<string, Map<string, number>>,
  entity: string,
  id: string,
  timeMs: number,
): void {
  const times = latest.get(entity) ?? new Map<string, number>()
  latest.set(entity, times)
  times.set(id, Math.max(timeMs, times.get(id) ?? 0))
}
