import { parseNumber } from '../../command-line.ts'
import { UsageError } from '../../errors.ts'

/** What a search index is to hold and answer. All numbers are whole. */
export interface SearchLoad {
  documents: number
  /** Statements a day, each about a document that the index has. */
  changesPerDay: number
  queriesPerDay: number
  /** Drops a day that bring these statements. */
  dropsPerDay: number
}

const DEFAULT = { queries: 1_000_000, drops: 1440 } as const
/** The share of the documents that change in a day. */
const CHANGED_SHARE = 0.1

/** Least and most of each number. The simulation of 10,000 drops a day takes some five seconds. */
const BOUNDS = {
  documents: [1, 1e9],
  changes: [1, 1e9],
  queries: [1, 1e10],
  drops: [1, 10_000],
} as const
type Name = keyof typeof BOUNDS
const NAMES = Object.keys(BOUNDS).join(', ')

function readPairs(text: string): Partial<Record<Name, string>> {
  const given: Partial<Record<Name, string>> = {}
  for (const pair of text.split(',')) {
    const [name = '', value, ...more] = pair.split('=')
    if (!Object.hasOwn(BOUNDS, name) || value === undefined || more.length > 0)
      throw new UsageError(`--search ${text}: got "${pair}", expected <name>=<number> of ${NAMES}`)
    if (Object.hasOwn(given, name)) throw new UsageError(`--search ${text}: ${name} is given twice`)
    given[name as Name] = value
  }
  return given
}

/** `documents=1000000,changes=100000` → a load with the defaults. Throws UsageError. */
export function parseSearchLoad(text: string): SearchLoad {
  const given = readPairs(text)
  const read = (name: Name, fallback: number): number =>
    parseNumber(`search ${name}`, given[name], fallback, BOUNDS[name])
  if (given.documents === undefined)
    throw new UsageError(`--search ${text}: expected documents=<number>, got none`)
  const documents = read('documents', 0)
  const changesPerDay = read('changes', Math.max(1, Math.round(documents * CHANGED_SHARE)))
  const dropsPerDay = read('drops', Math.min(DEFAULT.drops, changesPerDay))
  const queriesPerDay = read('queries', DEFAULT.queries)
  if (dropsPerDay > changesPerDay)
    throw new UsageError(
      `--search drops ${dropsPerDay}: expected at most one for each of the ${changesPerDay} changed documents`,
    )
  if (changesPerDay / dropsPerDay > documents)
    throw new UsageError(
      `--search changes ${changesPerDay}: ${dropsPerDay} drops a day cannot change more than ${documents} documents each`,
    )
  return { documents, changesPerDay, queriesPerDay, dropsPerDay }
}
