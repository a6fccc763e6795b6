import { HOUR_MS } from '../../../functions/contract/time.ts'
import type { Series } from '../../../functions/contract/values.ts'
import { bucketsIn, encodeBlock, openBlock } from '../../../functions/features/block.ts'
import { addState, type Buckets, stateKindOf } from '../../../functions/features/states/states.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { openEntity } from '../../../functions/reader/entity-values.ts'
import { FOLDED, makeBlock, makeEvent, makeRow, NOW_MS, rowText } from './rows.ts'

/** Vectors of every kind of state: its bytes, and its value in a window of a row. */

const seriesOfState = (
  n: number,
  state: Series['state'],
  parameters: Series['parameters'] = {},
): Series => ({
  ...{ id: `0000000${n}`, entity: 'item', event: 'impression', state, parameters },
  ...{ keepHours: 48, isNearLine: true },
})
const SERIES = [
  seriesOfState(0, 'count'),
  seriesOfState(1, 'sum', { of: 'value' }),
  seriesOfState(2, 'weighted', { examination: [1, 0.62, 0.0001] }),
  seriesOfState(3, 'last'),
  seriesOfState(4, 'last-value', { of: 'item.genres' }),
  seriesOfState(5, 'last-items', { of: 'item.id', length: 3 }),
  seriesOfState(6, 'distinct', { of: 'item.genres' }),
  seriesOfState(7, 'quantiles', { of: 'value' }),
  seriesOfState(8, 'tally', { of: 'item.genres', length: 3 }),
  seriesOfState(9, 'minutes'),
]

/** A state as JSON: sums of any size as text, hashes and registers apart, tallies without hashes. */
function stateJson({ state: kind }: Series, state: unknown): unknown {
  if (state === null) return null
  if (kind === 'sum') {
    const { count, sum } = state as { count: number; sum: bigint }
    return { count, sum: String(sum) }
  }
  if (kind === 'distinct')
    return state instanceof Uint32Array
      ? { hashes: [...state] }
      : { registers: [...(state as Uint8Array)] }
  if (kind === 'tally') {
    const { total, values } = state as { total: number; values: { text: string; count: number }[] }
    return { total, values: values.map(({ text, count }) => [text, count]) }
  }
  return state
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** One series of a block: every series of a few hours, one with many values, one far apart. */
export function blockVectors(): object[] {
  const uniform = seededUniform(31)
  const hours = [0, 1, 2, 3, 40, 41].map((n) => Math.floor(NOW_MS / HOUR_MS - n) * HOUR_MS)
  const all = makeBlock(uniform, SERIES, hours, 1234)
  const many: Buckets = new Map()
  const crowd = { ...seriesOfState(6, 'distinct', { of: 'user.id' }) }
  for (let n = 0; n < 400; n++) {
    const event = makeEvent(uniform, hours[n % 2]!)
    const textOf = (): string => `visitor ${n}`
    const state = stateKindOf(crowd).record({ ...event, textOf }, crowd.parameters)
    addState(crowd, many, hours[n % 2]!, state)
  }
  const crowded = encodeBlock({
    aheadMs: 0,
    series: new Map([[crowd.id, { series: crowd, buckets: many }]]),
  })
  const empty = encodeBlock({ aheadMs: 0, series: new Map() })
  return [
    ...SERIES.map((series) => ({ series, bytes: all })),
    { series: crowd, bytes: crowded },
    { series: crowd, bytes: empty },
  ].map(({ series, bytes }) => {
    const block = openBlock(bytes, 'block')
    const buckets = [...bucketsIn(block, series)].map(([hourMs, state]) => [
      hourMs,
      stateJson(series, state),
    ])
    return { vector: 'block', series, bytes: base64(bytes), aheadMs: block.aheadMs, buckets }
  })
}

/** Rows, with and without a mark of the scene, and what is visible in a window. */
export function windowVectors(): object[] {
  const uniform = seededUniform(12)
  return Array.from({ length: 12 }, (_, n) => {
    const row = makeRow(uniform, SERIES, { n })
    const folded = n % 4 === 3 ? null : FOLDED
    const timeMs = NOW_MS - Math.floor(uniform() * n) * 600_000
    const windowHours = 1 + Math.floor(uniform() * 48)
    const isNearLine = n % 5 !== 4
    const values = openEntity(row, folded, (fault) => {
      throw fault
    })
    const states = SERIES.map((series) =>
      stateJson(series, values.stateOf(series, timeMs, windowHours, isNearLine)),
    )
    return {
      ...{ vector: 'window', row: rowText(row), folded, series: SERIES },
      ...{ timeMs, windowHours, isNearLine, states },
      attributes: values.attributesOf(timeMs),
    }
  })
}
