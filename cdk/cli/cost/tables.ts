import type { Deployed } from './deployed.ts'
import { ASSUMED, GIB, type Line, type Load, line, MONTH_DAYS, type Scale, sum } from './line.ts'
import type { Measured } from './measured.ts'
import type { Prices } from './prices.ts'
import { costClassOf } from './stages.ts'

/** Bytes of one unit of an eventually consistent read, which costs half. */
const READ_UNIT_BYTES = 4096

interface TableUse {
  stage: string
  table: string
  writeUnits: number
  readUnits: number
}
const usesOf = ({ stages }: Measured): TableUse[] =>
  Object.entries(stages).flatMap(([stage, { dynamodb }]) =>
    Object.entries(dynamodb.tables).map(([table, { writeUnits, readUnits }]) => ({
      ...{ stage, table, writeUnits, readUnits },
    })),
  )

/**
 * What the use of a table grows with. Rows of entities grow with the events, and at most with the drops
 * for a stage that each drop starts. Rows of the registry grow with what starts the stage.
 */
function growthOf({ stage, table }: TableUse, { byEvents, byDrops, byRuns }: Scale): number {
  const isByDrop = costClassOf(stage)?.invokedBy === 'drop'
  if (table === 'online') return isByDrop ? Math.max(byEvents, byDrops) : byEvents
  return isByDrop ? byDrops : byRuns
}

/** Read units of one row of the online table, as large as the largest one. */
const unitsOfRow = ({ tables }: Measured): number =>
  Math.max(1, Math.ceil((tables['online']?.largestRowBytes ?? 0) / READ_UNIT_BYTES)) / 2

/** GiB of the tables: entities of the days that a value stays, and a year of the registry. */
function storedGib({ tables, days }: Measured, { onlineDays }: Deployed, scale: Scale): number {
  const ofEvents = (scale.byEvents * days) / MONTH_DAYS
  const online = (tables['online']?.bytes ?? 0) * ofEvents * Math.max(1, onlineDays / days)
  const registry = ((tables['registry']?.bytes ?? 0) / days) * ASSUMED.keptDays
  return (online + registry) / GIB
}

/** Rows written and read by the stages, rows read for slates, and rows that stay. */
export function tableLines(
  measured: Measured,
  deployed: Deployed,
  prices: Prices,
  { slatesPerDay, itemsPerSlate }: Load,
  scale: Scale,
): Line[] {
  const uses = usesOf(measured)
  const grown = (units: 'writeUnits' | 'readUnits'): number =>
    sum(uses.map((use) => use[units] * growthOf(use, scale)))
  const slateRows = slatesPerDay * MONTH_DAYS * (1 + itemsPerSlate)
  const service = 'DynamoDB'
  return [
    line(service, 'write units', grown('writeUnits'), prices.dynamodbWriteUnit),
    line(service, 'read units', grown('readUnits'), prices.dynamodbReadUnit),
    line(
      service,
      'read units of slates',
      slateRows * unitsOfRow(measured),
      prices.dynamodbReadUnit,
    ),
    line(
      service,
      'GiB-months, recoverable',
      storedGib(measured, deployed, scale),
      prices.dynamodbGibMonth + prices.dynamodbRecoveryGibMonth,
    ),
  ]
}

/** The online table of a measurement in one sentence: its rows, and its writes by stage. */
export function describeOnline(measured: Measured): string {
  const { rows, bytes, largestRowBytes } = measured.tables['online'] ?? {
    ...{ rows: 0, bytes: 0, largestRowBytes: 0 },
  }
  const writes = usesOf(measured).filter(
    ({ table, writeUnits }) => table === 'online' && writeUnits > 0,
  )
  const perEvent = writes.map(
    ({ stage, writeUnits }) => `${stage} ${(writeUnits / measured.events).toFixed(3)}`,
  )
  const mean = rows > 0 ? Math.round(bytes / rows) : 0
  return `${rows.toLocaleString('en-GB')} rows of ${mean} bytes on average, at most ${largestRowBytes.toLocaleString('en-GB')}; write units an event: ${perEvent.join(', ') || 'none'}.`
}
