import { dynamoTable } from '../../functions/core/dynamodb.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import type { Clients } from './clients.ts'
import type { Declarations } from './template/declarations.ts'

/** The stores of the app as the operator has them. */
export interface Stores {
  raw: ObjectStore
  lake: ObjectStore
  models: ObjectStore
  quarantine: ObjectStore
  registry: TableStore
  online: TableStore
}

/** Constructs of the tables. */
export const TABLES = ['Online', 'Registry'] as const

/** Physical name of a construct right under its stack. Throws where there is none. */
export function nameIn({ namesByPath }: Declarations, construct: string): string {
  const found = [...namesByPath].find(([path]) => path.split('/')[1] === construct)
  if (!found) throw new Error(`no stack has a construct ${construct}`)
  return found[1]
}

export function openStores(declarations: Declarations, { s3, documents }: Clients): Stores {
  const objects = (bucket: string) => s3Store(nameIn(declarations, bucket), s3)
  const rows = (table: string) => dynamoTable(nameIn(declarations, table), documents)
  return {
    raw: objects('Raw'),
    lake: objects('Lake'),
    models: objects('Models'),
    quarantine: objects('Quarantine'),
    registry: rows('Registry'),
    online: rows('Online'),
  }
}
