import { QuartermasterError } from '../../core/errors.ts'
import type { TableRow, TableStore } from '../../core/tables.ts'
import { compareVersions, type Version } from '../version.ts'
import { externalVersion, parseVersionText, versionText } from './external-version.ts'

/** What is noted of a document: its newest statement. */
export interface Noted extends Version {
  gone: boolean
  /** The statement's version on the server. */
  external: bigint
}
/** A statement about one document, without its content. */
export interface Statement {
  id: string
  version: Version
  gone: boolean
}

/**
 * The newest statement about each document of one physical index. The server forgets the version of a
 * deleted document, after `index.gc_deletes` (60 s) or when it restarts. An older statement that is
 * delivered again then would restore the document. The ledger does not forget.
 */
export interface Ledger {
  /** What is noted, by id. Ids without a note are absent. */
  newest(ids: readonly string[]): Promise<Map<string, Noted>>
  /**
   * Notes each statement that is newer than what is noted. Returns what is noted afterwards, by id: a
   * statement with another version is older than it. Of one id it takes one statement.
   */
  note(statements: readonly Statement[]): Promise<Map<string, Noted>>
}

const LEDGER_SK = 'NEWEST'
const ledgerPk = (scene: string, generation: string, id: string): string =>
  `${scene}#search-ledger#${generation}#${id}`

/** Writers of one document that note statements at the same time try again this often. */
const ATTEMPTS = 20

const rowOf = ({ version, gone }: Statement, external: bigint): TableRow => ({
  knowableMs: version.knowableMs,
  drop: version.drop,
  row: version.row,
  gone,
  external: versionText(external),
})
const notedIn = (row: TableRow): Noted => ({
  knowableMs: row['knowableMs'] as number,
  drop: row['drop'] as string,
  row: row['row'] as number,
  gone: row['gone'] as boolean,
  external: parseVersionText(row['external'] as string),
})

/** The ledger in a table: one row for each scene, generation and id. The reads are consistent. */
export function tableLedger(
  table: Pick<TableStore, 'getAll' | 'updateAll'>,
  scene: string,
  generation: string,
): Ledger {
  const keyOf = (id: string) => ({ pk: ledgerPk(scene, generation, id), sk: LEDGER_SK })

  async function newest(ids: readonly string[]): Promise<Map<string, Noted>> {
    const rows = await table.getAll(ids.map(keyOf), { isConsistent: true })
    return new Map(rows.flatMap((row, i) => (row ? [[ids[i]!, notedIn(row)] as const] : [])))
  }

  /** Notes what is newer than `known`. Returns the statements for which another writer was faster. */
  async function noteOver(
    known: Map<string, Noted>,
    statements: readonly Statement[],
  ): Promise<Statement[]> {
    const newer = statements.filter(({ id, version }) => {
      const before = known.get(id)
      return !before || compareVersions(version, before) > 0
    })
    const updates = newer.map((statement) => {
      const before = known.get(statement.id)?.external ?? null
      const external = externalVersion(statement.version.knowableMs, before)
      const ifEquals = { external: before === null ? null : versionText(before) }
      return { ...keyOf(statement.id), set: rowOf(statement, external), ifEquals }
    })
    const made = await table.updateAll(updates)
    for (const [i, { id }] of newer.entries()) if (made[i]) known.set(id, notedIn(updates[i]!.set))
    return newer.filter((_, i) => !made[i])
  }

  async function note(statements: readonly Statement[]): Promise<Map<string, Noted>> {
    const noted = new Map<string, Noted>()
    let left = statements
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      for (const [id, one] of await newest(left.map(({ id }) => id))) noted.set(id, one)
      left = await noteOver(noted, left)
      if (left.length === 0) return noted
    }
    throw new QuartermasterError(
      `Search ledger of ${scene}: other writers changed ${left.length} rows ${ATTEMPTS} times; deliver the statements again`,
    )
  }
  return { newest, note }
}
