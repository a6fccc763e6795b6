import { versionDayPrefix } from '../contract/keys.ts'
import {
  CURRENT_SK,
  type CurrentRow,
  currentRowSchema,
  type DecisionRow,
  decisionSk,
  EXCLUSION_SK,
  type ExclusionRow,
  exclusionRowSchema,
  exclusionSk,
  HOLD_SK,
  type HoldRow,
  holdRowSchema,
  holdSk,
  RELEASE_SK,
  type ReleaseRow,
  releaseRowSchema,
  releaseSk,
  type ScoreRow,
  scenePk,
  scoreSk,
  type VersionRow,
  versionRowSchema,
  versionSk,
} from '../contract/registry.ts'
import { DAY_MS } from '../contract/time.ts'
import type { TableStore } from '../core/tables.ts'

/** One scene's lineage and releases, typed. Every write is safe to repeat. */
export interface Registry {
  /** Those whose ids begin so, in order of id; all where nothing is named. */
  versions(idPrefix?: string): Promise<VersionRow[]>
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
  /** The one conditional write: CURRENT changes only under the fence that was expected. */
  change(row: CurrentRow, expectedFence: number | null): Promise<boolean>
  holds(): Promise<HoldRow[]>
  hold(row: HoldRow): Promise<void>
  exclusions(): Promise<ExclusionRow[]>
  exclude(row: ExclusionRow): Promise<void>
}

export function openRegistry(table: TableStore, scene: string): Registry {
  const pk = scenePk(scene)
  return {
    versions: async (idPrefix = '') =>
      (await table.query(pk, versionSk(idPrefix))).map((row) => versionRowSchema.parse(row)),
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
    change: (row, expectedFence) =>
      table.putIfUnchanged(pk, CURRENT_SK, row, 'fence', expectedFence),
    holds: async () => (await table.query(pk, HOLD_SK)).map((row) => holdRowSchema.parse(row)),
    hold: (row) => table.put(pk, holdSk(row.subject), row),
    exclusions: async () =>
      (await table.query(pk, EXCLUSION_SK)).map((row) => exclusionRowSchema.parse(row)),
    exclude: (row) => table.put(pk, exclusionSk(row), row),
  }
}

/** An hourly chain lives until the next daily, which waits for a day at most; twice that, and a day. */
const CHAIN_DAYS = 4

/** What a run must know of: every full and daily, and the increments of the last days. */
export async function loadLineage(registry: Registry, nowMs: number): Promise<VersionRow[]> {
  const days = Array.from({ length: CHAIN_DAYS }, (_, i) => nowMs - i * DAY_MS)
  const prefixes = ['full-', 'daily-', ...days.map((dayMs) => versionDayPrefix('hourly', dayMs))]
  return (await Promise.all(prefixes.map((prefix) => registry.versions(prefix)))).flat()
}
