import {
  type FeatureParity,
  noParity,
  type Parity,
  type ParityAccount,
  RELATIVE_BOUNDS,
} from '../contract/parity.ts'
import type { ServedCells } from '../contract/served.ts'
import { HOUR_MS } from '../contract/time.ts'

type Cell = string | number | null

/** The order of floating additions may differ between two ways to the same number. */
const TOLERANCE = 1e-9
const MAX_EXAMPLES = 20

type Verdict = 'equal' | 'missing' | 'extra' | 'different'

/** A difference relative to the greater magnitude: from 0 to 2. */
const relativeDifference = (a: number, b: number): number =>
  a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))

/** Compares a served cell with the sample's. `relative` is null unless both are numbers. */
export function compareCell(
  served: Cell,
  sampled: Cell,
): { verdict: Verdict; relative: number | null } {
  if (typeof served === 'number' && typeof sampled === 'number') {
    const relative = relativeDifference(served, sampled)
    return { verdict: relative <= TOLERANCE ? 'equal' : 'different', relative }
  }
  if (served === sampled) return { verdict: 'equal', relative: null }
  const verdict = served === null ? 'missing' : sampled === null ? 'extra' : 'different'
  return { verdict, relative: null }
}

/** One served item with the cells of both sides, by feature. */
export interface ComparedRow {
  item: string
  timeMs: number
  /** The closing that the served values had folded. Null: none. */
  closedThroughMs: number | null
  served: ServedCells
  sampled: ServedCells
}

const ageOf = ({ timeMs, closedThroughMs }: ComparedRow): string =>
  closedThroughMs === null ? 'none' : String(Math.floor((timeMs - closedThroughMs) / HOUR_MS))

function addCell(
  parity: FeatureParity,
  age: string,
  { verdict, relative }: ReturnType<typeof compareCell>,
): void {
  parity.values++
  parity[verdict]++
  parity.byAge[age] ??= { values: 0, equal: 0 }
  parity.byAge[age].values++
  if (verdict === 'equal') parity.byAge[age].equal++
  else if (relative !== null) {
    const bound = RELATIVE_BOUNDS.findIndex((most) => relative <= most)
    parity.relative[bound < 0 ? RELATIVE_BOUNDS.length : bound]!++
  }
}

/**
 * Compares rows feature by feature. A feature that one side does not have counts as null there.
 * `isLate` is asked only of unequal values.
 */
export function compareRows<R extends ComparedRow>(
  rows: readonly R[],
  isLate: (row: R, feature: string) => boolean,
): Pick<ParityAccount, 'features' | 'examples'> {
  const features: Parity = {}
  const examples: ParityAccount['examples'] = []
  for (const row of rows) {
    const { served, sampled, item, timeMs } = row
    const age = ageOf(row)
    for (const feature of new Set([...Object.keys(sampled), ...Object.keys(served)])) {
      const cells = { served: served[feature] ?? null, sampled: sampled[feature] ?? null }
      const compared = compareCell(cells.served, cells.sampled)
      const parity = features[feature] ?? noParity()
      features[feature] = parity
      addCell(parity, age, compared)
      if (cells.served === null) parity.absent++
      if (compared.verdict === 'equal') continue
      if (isLate(row, feature)) parity.late++
      else if (examples.length < MAX_EXAMPLES) examples.push({ feature, item, timeMs, ...cells })
    }
  }
  return { features, examples }
}
