import {
  CURRENT_SK,
  type CurrentRow,
  currentRowSchema,
  type DecisionRow,
  decisionSk,
  RELEASE_SK,
  type ReleaseRow,
  releaseRowSchema,
  releaseSk,
  type ScoreRow,
  scenePk,
  scoreSk,
  VERSION_SK,
  type VersionRow,
  versionRowSchema,
  versionSk,
} from '../contract/registry.ts'
import type { TableStore } from '../core/tables.ts'

/** One scene's lineage and releases, typed. Every write is safe to repeat. */
export interface Registry {
  versions(): Promise<VersionRow[]>
  version(version: string): Promise<VersionRow | null>
  /** Registers a version that has just been started; false where it stands already. */
  register(row: VersionRow): Promise<boolean>
  /** Settles a version whose status is still `from`; false where it has moved on. */
  settle(row: VersionRow, from: VersionRow['status']): Promise<boolean>
  keepScore(row: ScoreRow): Promise<void>
  decide(row: DecisionRow, subject: string): Promise<void>
  hasDecision(timeMs: number, subject: string): Promise<boolean>
  current(): Promise<CurrentRow | null>
  releases(): Promise<ReleaseRow[]>
  release(sequence: number): Promise<ReleaseRow | null>
  /** Prepares a release in full; nobody resolves it until the flip. */
  prepare(row: ReleaseRow): Promise<void>
  /** The one conditional write: CURRENT moves only if it still is what was expected. */
  flip(row: CurrentRow, expected: number | null): Promise<boolean>
}

export function openRegistry(table: TableStore, scene: string): Registry {
  const pk = scenePk(scene)
  return {
    versions: async () =>
      (await table.query(pk, VERSION_SK)).map((row) => versionRowSchema.parse(row)),
    async version(version) {
      const row = await table.get(pk, versionSk(version))
      return row && versionRowSchema.parse(row)
    },
    register: (row) => table.putIfAbsent(pk, versionSk(row.version), row),
    settle: (row, from) => table.putIfUnchanged(pk, versionSk(row.version), row, 'status', from),
    keepScore: (row) => table.put(pk, scoreSk(row.version, row.dataThroughMs, row.scoredBy), row),
    decide: (row, subject) => table.put(pk, decisionSk(row.timeMs, subject), row),
    hasDecision: async (timeMs, subject) =>
      (await table.get(pk, decisionSk(timeMs, subject))) !== null,
    async current() {
      const row = await table.get(pk, CURRENT_SK)
      return row && currentRowSchema.parse(row)
    },
    releases: async () =>
      (await table.query(pk, RELEASE_SK)).map((row) => releaseRowSchema.parse(row)),
    async release(sequence) {
      const row = await table.get(pk, releaseSk(sequence))
      return row && releaseRowSchema.parse(row)
    },
    prepare: (row) => table.put(pk, releaseSk(row.sequence), row),
    flip: (row, expected) => table.putIfUnchanged(pk, CURRENT_SK, row, 'sequence', expected),
  }
}
