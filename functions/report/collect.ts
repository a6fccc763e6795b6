import { sumReasons } from '../closing/drop-sums.ts'
import {
  type ClosingAccount,
  closingAccountSchema,
  dropManifestSchema,
} from '../contract/accounts.ts'
import { closingPlanPrefix, dropManifestDatePrefix, dropManifestPrefix } from '../contract/keys.ts'
import {
  CURRENT_SK,
  currentRowSchema,
  DECISION_SK,
  decisionRowSchema,
  SCORE_SK,
  scenePk,
  scoreRowSchema,
  VERSION_SK,
  versionRowSchema,
} from '../contract/registry.ts'
import type { Summary } from '../contract/summary.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'

/** What a run left behind, without the machine that ran it. */
export type Findings = Omit<
  Summary,
  'exactlyOnce' | 'poison' | 'runs' | 'stages' | 'deadLetters' | 'totalSeconds' | 'formatVersion'
>

async function dropsOf(lake: ObjectStore, scene: string, sinceMs: number) {
  const prefix = dropManifestPrefix(scene)
  const listed = await lake.list(
    prefix,
    sinceMs > 0 ? dropManifestDatePrefix(scene, sinceMs) : undefined,
  )
  const manifests = await readEach(
    listed.map(({ key }) => key),
    (key) => getJson(lake, key, dropManifestSchema),
  )
  return manifests.map(({ files: _files, quarantineFiles: _quarantine, ...account }) => account)
}

type Hour = Findings['hours'][number]
/** An hour that was closed in shards is one hour: its accounts add up. */
function joinShards(hours: readonly Hour[]): Hour[] {
  const joined = new Map<string, Hour>()
  for (const hour of hours) {
    const key = `${hour.closedThroughMs}/${hour.hourMs}`
    const before = joined.get(key)
    joined.set(
      key,
      before
        ? {
            ...before,
            accepted: before.accepted + hour.accepted,
            kept: before.kept + hour.kept,
            duplicates: before.duplicates + hour.duplicates,
            excluded: sumReasons([before.excluded, hour.excluded]),
          }
        : hour,
    )
  }
  return [...joined.values()]
}

async function hoursOf(lake: ObjectStore, scene: string, sinceMs: number) {
  const prefix = closingPlanPrefix(scene)
  const listed = await lake.list(prefix, `${prefix}${String(sinceMs).padStart(13, '0')}`)
  const accounts: ClosingAccount[] = await readEach(
    listed.map(({ key }) => key).filter((key) => /\/account-\d{5}\.json$/.test(key)),
    (key) => getJson(lake, key, closingAccountSchema),
  )
  return joinShards(
    accounts.flatMap(({ closedThroughMs, hours }) =>
      hours.map(({ files: _files, ...account }) => ({ scene, closedThroughMs, ...account })),
    ),
  )
}

async function lineageOf(registry: TableStore, scene: string) {
  const pk = scenePk(scene)
  const [versionRows, scoreRows, decisionRows, currentRow] = await Promise.all([
    registry.query(pk, VERSION_SK),
    registry.query(pk, SCORE_SK),
    registry.query(pk, DECISION_SK),
    registry.get(pk, CURRENT_SK),
  ])
  const scores = scoreRows.map((row) => scoreRowSchema.parse(row))
  const versions = versionRows
    .map((row) => versionRowSchema.parse(row))
    .map((row) => ({
      ...row,
      nextInterval: scores
        .filter(({ version }) => version === row.version)
        .map(({ version: _version, ...score }) => score),
    }))
    .sort((a, b) => a.scheduledMs - b.scheduledMs || (a.version < b.version ? -1 : 1))
  const releases = decisionRows
    .map((row) => ({ scene, ...decisionRowSchema.parse(row) }))
    .sort((a, b) => a.timeMs - b.timeMs)
  const current = currentRow === null ? null : currentRowSchema.parse(currentRow)
  return { versions, releases, current }
}

/**
 * Everything that accounts and registry say about the scenes: drops that arrived and hours that
 * were closed from those instants on; lineage is always whole. Memory grows with the number
 * of drops and hours looked at, some 500 bytes each.
 */
export async function collectFindings(
  lake: ObjectStore,
  registry: TableStore,
  scenes: readonly string[],
  since: { dropsMs: number; hoursMs: number } = { dropsMs: 0, hoursMs: 0 },
): Promise<Findings> {
  const findings: Findings = {
    scenes: [...scenes],
    dataFromMs: null,
    dataThroughMs: null,
    drops: [],
    hours: [],
    versions: [],
    releases: [],
    current: {},
  }
  for (const scene of scenes) {
    const [drops, hours, lineage] = await Promise.all([
      dropsOf(lake, scene, since.dropsMs),
      hoursOf(lake, scene, since.hoursMs),
      lineageOf(registry, scene),
    ])
    findings.drops.push(...drops)
    findings.hours.push(...hours)
    findings.versions.push(...lineage.versions)
    findings.releases.push(...lineage.releases)
    const { sequence, version } = lineage.current ?? { sequence: 0, version: null }
    findings.current[scene] = version === null ? null : { sequence, version }
  }
  const starts = findings.hours.map(({ hourMs }) => hourMs)
  if (starts.length > 0) {
    findings.dataFromMs = starts.reduce((a, b) => Math.min(a, b))
    findings.dataThroughMs = starts.reduce((a, b) => Math.max(a, b)) + 3_600_000
  }
  return findings
}
