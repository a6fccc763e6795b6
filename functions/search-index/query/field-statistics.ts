import type { SearchDefinition } from '../../contract/search.ts'
import { frequencyFactors } from './bm25.ts'
import type { Snapshot } from './snapshot.ts'

/** What scores in a field need to know about the field, over all parts. */
export interface FieldStatistics {
  field: string
  /** Of the field, in the definition. */
  weight: number
  /** Live documents that have the field. */
  docs: number
  averageLength: number
  /** By norm, as of frequencyFactors. */
  factors: Float64Array
}

export type Statistics = ReadonlyMap<string, FieldStatistics>

/** The tables of a snapshot's totals: searches of one snapshot share them. */
const made = new WeakMap<
  Snapshot['totals'],
  { definition: SearchDefinition; statistics: Statistics }
>()

function makeStatistics({ fields }: SearchDefinition, totals: Snapshot['totals']): Statistics {
  const statistics = new Map<string, FieldStatistics>()
  for (const [field, { weight }] of Object.entries(fields)) {
    const { docs, tokens } = totals[field] ?? { docs: 0, tokens: 0 }
    if (docs === 0) continue
    const averageLength = tokens / docs
    const factors = frequencyFactors(averageLength)
    statistics.set(field, { field, weight, docs, averageLength, factors })
  }
  return statistics
}

/** By field. Fields that no live document has are absent. */
export function fieldStatistics(definition: SearchDefinition, { totals }: Snapshot): Statistics {
  const known = made.get(totals)
  if (known?.definition === definition) return known.statistics
  const statistics = makeStatistics(definition, totals)
  made.set(totals, { definition, statistics })
  return statistics
}
