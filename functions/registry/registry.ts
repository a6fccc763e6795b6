import { type Statement, statementSchema } from '../contract/anticheat.ts'
import {
  ERASE_SK,
  ERASED_VERSION_SK,
  type ErasedVersion,
  type EraseRow,
  erasedVersionSchema,
  erasedVersionSk,
  eraseRowSchema,
  eraseSk,
} from '../contract/erase.ts'
import { versionDayPrefix } from '../contract/keys.ts'
import {
  type CollectionRow,
  CURRENT_SK,
  type CurrentRow,
  collectionRowSchema,
  collectionSk,
  currentRowSchema,
  DECISION_SK,
  type DecisionRow,
  decisionRowSchema,
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
  SCORE_SK,
  type ScoreRow,
  STATEMENT_SK,
  scenePk,
  scoreRowSchema,
  scoreSk,
  statementSk,
  type VersionRow,
  versionRowSchema,
  versionSk,
} from '../contract/registry.ts'
import { DAY_MS, isoSeconds } from '../contract/time.ts'
import type { TableStore } from '../core/tables.ts'

/** One scene's versions, decisions and releases, typed. Every write is safe to repeat. */
export interface Registry {
  /** Versions in order of id: those whose ids begin with `idPrefix`, from `fromId` on. */
  versions(idPrefix?: string, fromId?: string): Promise<VersionRow[]>
  version(version: string): Promise<VersionRow | null>
  /** Registers a version that has just been started; false where it is registered already. */
  register(row: VersionRow): Promise<boolean>
  /** Starts the next attempt at a version; false where the version has changed since `existing` was read. */
  startAgain(row: VersionRow, existing: VersionRow): Promise<boolean>
  /** Gives a version its new status, if its status is still `from` and its job that of `row`; else false. */
  settle(row: VersionRow, from: VersionRow['status']): Promise<boolean>
  keepScore(row: ScoreRow): Promise<void>
  /** Scores of a version, or of all, on the intervals after its own, in order of time. */
  scores(version?: string): Promise<ScoreRow[]>
  decide(row: DecisionRow, subject: string): Promise<void>
  hasDecision(timeMs: number, subject: string): Promise<boolean>
  /** All decisions in order of time, or those of one instant. */
  decisions(timeMs?: number): Promise<DecisionRow[]>
  /** Decisions from an instant on, in order of time. */
  decisionsSince(timeMs: number): Promise<DecisionRow[]>
  current(): Promise<CurrentRow | null>
  releases(): Promise<ReleaseRow[]>
  release(sequence: number): Promise<ReleaseRow | null>
  /**
   * Writes a whole release. No reader resolves it before the flip. False where a writer with a later
   * fence has prepared this sequence: this writer's flip would fail as well. A repeat has no effect.
   */
  prepare(row: ReleaseRow): Promise<boolean>
  /** The conditional write of CURRENT. Only `change-current.ts` calls it. */
  change(row: CurrentRow, expectedFence: number | null): Promise<boolean>
  holds(): Promise<HoldRow[]>
  hold(row: HoldRow): Promise<void>
  exclusions(): Promise<ExclusionRow[]>
  /** Exclusions and holds in one query: together they limit what a run may train on. */
  restrictions(): Promise<{ exclusions: ExclusionRow[]; holds: HoldRow[] }>
  exclude(row: ExclusionRow): Promise<void>
  /** What operators said about users, items, drops and hours, in order of time. */
  statements(): Promise<Statement[]>
  state(statement: Statement): Promise<void>
  /** Erasures of persons, by digest. */
  erasures(): Promise<EraseRow[]>
  erasure(digest: string): Promise<EraseRow | null>
  /** Stores how far an erasure is; false where another call has changed it since `before`. */
  keepErasure(row: EraseRow, before: EraseRow | null): Promise<boolean>
  /** Versions that learned from persons who were erased since. */
  erasedVersions(): Promise<ErasedVersion[]>
  markErased(row: ErasedVersion): Promise<void>
  /** Marks of versions whose models were deleted or soon will be, and marks that were taken back. */
  collectionMarks(idPrefix?: string, fromId?: string): Promise<CollectionRow[]>
  /** Marks a version whose mark is still `before`; false where another writer has changed it. */
  markCollected(row: CollectionRow, before: CollectionRow | null): Promise<boolean>
  /** Takes a mark back if it still carries this fence. */
  unmarkCollected(row: CollectionRow): Promise<boolean>
}

/** The rows of a query, typed. */
const parseAll = async <T>(
  schema: { parse(row: unknown): T },
  rows: Promise<readonly unknown[]>,
): Promise<T[]> => (await rows).map((row) => schema.parse(row))

/** The beginning of the keys of the decisions of one instant, or of all. */
const decisionsAt = (timeMs?: number): string =>
  `${DECISION_SK}${timeMs === undefined ? '' : isoSeconds(timeMs)}`

type Erasures = Pick<
  Registry,
  'erasures' | 'erasure' | 'keepErasure' | 'erasedVersions' | 'markErased'
>
const erasuresOf = (table: TableStore, pk: string): Erasures => ({
  erasures: () => parseAll(eraseRowSchema, table.query(pk, ERASE_SK)),
  async erasure(digest) {
    const row = await table.get(pk, eraseSk(digest))
    return row && eraseRowSchema.parse(row)
  },
  keepErasure: (row, before) =>
    table.putIfUnchanged(pk, eraseSk(row.erasure), row, before && { n: before.n }),
  erasedVersions: () => parseAll(erasedVersionSchema, table.query(pk, ERASED_VERSION_SK)),
  markErased: (row) => table.put(pk, erasedVersionSk(row.version, row.erasure), row),
})

export function openRegistry(table: TableStore, scene: string): Registry {
  const pk = scenePk(scene)
  return {
    versions: (idPrefix = '', fromId = idPrefix) =>
      parseAll(versionRowSchema, table.query(pk, versionSk(idPrefix), versionSk(fromId))),
    async version(version) {
      const row = await table.get(pk, versionSk(version))
      return row && versionRowSchema.parse(row)
    },
    register: (row) => table.putIfAbsent(pk, versionSk(row.version), row),
    startAgain: (row, { status, jobName }) =>
      table.putIfUnchanged(pk, versionSk(row.version), row, { status, jobName }),
    settle: (row, status) =>
      table.putIfUnchanged(pk, versionSk(row.version), row, { status, jobName: row.jobName }),
    keepScore: (row) => table.put(pk, scoreSk(row.version, row.dataThroughMs, row.scoredBy), row),
    decide: (row, subject) => table.put(pk, decisionSk(row.timeMs, subject), row),
    hasDecision: async (timeMs, subject) =>
      (await table.get(pk, decisionSk(timeMs, subject))) !== null,
    scores: (version) =>
      parseAll(
        scoreRowSchema,
        table.query(pk, version === undefined ? SCORE_SK : `${SCORE_SK}${version}#`),
      ),
    decisions: (timeMs) => parseAll(decisionRowSchema, table.query(pk, decisionsAt(timeMs))),
    decisionsSince: (timeMs) =>
      parseAll(decisionRowSchema, table.query(pk, DECISION_SK, decisionsAt(Math.max(0, timeMs)))),
    async current() {
      const row = await table.get(pk, CURRENT_SK)
      return row && currentRowSchema.parse(row)
    },
    releases: () => parseAll(releaseRowSchema, table.query(pk, RELEASE_SK)),
    async release(sequence) {
      const row = await table.get(pk, releaseSk(sequence))
      return row && releaseRowSchema.parse(row)
    },
    async prepare(row) {
      const sk = releaseSk(row.sequence)
      if (await table.putIfGreater(pk, sk, row, 'fence')) return true
      const existing = releaseRowSchema.parse(await table.get(pk, sk))
      return existing.version === row.version && existing.fence === row.fence
    },
    change: (row, expectedFence) =>
      table.putIfUnchanged(
        pk,
        CURRENT_SK,
        row,
        expectedFence === null ? null : { fence: expectedFence },
      ),
    holds: async () => (await table.query(pk, HOLD_SK)).map((row) => holdRowSchema.parse(row)),
    hold: (row) => table.put(pk, holdSk(row.subject), row),
    exclusions: () => parseAll(exclusionRowSchema, table.query(pk, EXCLUSION_SK)),
    async restrictions() {
      const rows = await table.query(pk, HOLD_SK, EXCLUSION_SK)
      const ofKind = (kind: string) => rows.filter(({ sk }) => sk.startsWith(kind))
      return {
        exclusions: ofKind(EXCLUSION_SK).map((row) => exclusionRowSchema.parse(row)),
        holds: ofKind(HOLD_SK).map((row) => holdRowSchema.parse(row)),
      }
    },
    exclude: (row) => table.put(pk, exclusionSk(row), row),
    statements: async () =>
      (await table.query(pk, STATEMENT_SK)).map(({ sk: _, ...row }) => statementSchema.parse(row)),
    state: (statement) => table.put(pk, statementSk(statement), statement),
    ...erasuresOf(table, pk),
    collectionMarks: (idPrefix = '', fromId = idPrefix) =>
      parseAll(collectionRowSchema, table.query(pk, collectionSk(idPrefix), collectionSk(fromId))),
    markCollected: (row, before) =>
      table.putIfUnchanged(pk, collectionSk(row.version), row, before && { fence: before.fence }),
    unmarkCollected: (row) =>
      table.putIfUnchanged(
        pk,
        collectionSk(row.version),
        { ...row, collectedMs: null },
        { fence: row.fence },
      ),
  }
}

/**
 * Versions whose models were deleted or soon will be, with the time of the collection. Arguments as
 * for `versions`.
 */
export async function loadCollected(
  registry: Registry,
  idPrefix?: string,
  fromId?: string,
): Promise<ReadonlyMap<string, number>> {
  const marks = await registry.collectionMarks(idPrefix, fromId)
  return new Map(
    marks.flatMap(({ version, collectedMs }) =>
      collectedMs === null ? [] : [[version, collectedMs] as const],
    ),
  )
}

/**
 * An hourly chain lives until the next daily. A daily comes every day and may be a day late: two
 * days, doubled.
 */
const CHAIN_DAYS = 4

/**
 * The versions that a run must know: every full and daily, and the increments of the last days. The
 * row of a collected version has no `modelKey`: no run can continue it or score it.
 */
export async function loadLineage(registry: Registry, nowMs: number): Promise<VersionRow[]> {
  const sinceMs = nowMs - (CHAIN_DAYS - 1) * DAY_MS
  // Ids sort by tier: the dailies come right before the fulls.
  const ranges: [prefix: string, from: string][] = [
    ['full-', 'daily-'],
    ['hourly-', versionDayPrefix('hourly', sinceMs)],
  ]
  const [versions, collections] = await Promise.all([
    Promise.all(ranges.map(([prefix, from]) => registry.versions(prefix, from))),
    Promise.all(ranges.map(([prefix, from]) => loadCollected(registry, prefix, from))),
  ])
  const collected = new Map(collections.flatMap((marks) => [...marks]))
  return versions
    .flat()
    .map((row) => (collected.has(row.version) ? { ...row, modelKey: null } : row))
}
