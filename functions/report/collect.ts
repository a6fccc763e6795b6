import { sumReasons } from '../closing/drop-sums.ts'
import {
  type ClosingAccount,
  closingAccountSchema,
  dropManifestSchema,
} from '../contract/accounts.ts'
import {
  closingPlanPrefix,
  closingPrefix,
  dropManifestDatePrefix,
  dropManifestPrefix,
  isClosingAccountKey,
} from '../contract/keys.ts'
import { HOUR_MS } from '../contract/time.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { openRegistry } from '../registry/registry.ts'
import type { Findings } from './findings.ts'
import { type ReportStores, SECTIONS } from './sections.ts'

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
/** Adds up the accounts of an hour that was closed in shards. */
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
  const listed = await lake.list(closingPlanPrefix(scene), closingPrefix(scene, sinceMs))
  const accounts: ClosingAccount[] = await readEach(
    listed.map(({ key }) => key).filter(isClosingAccountKey),
    (key) => getJson(lake, key, closingAccountSchema),
  )
  return joinShards(
    accounts.flatMap(({ closedThroughMs, hours }) =>
      hours.map(({ files: _files, drops: _drops, ...account }) => ({
        scene,
        closedThroughMs,
        ...account,
      })),
    ),
  )
}

async function lineageOf(table: TableStore, scene: string) {
  const registry = openRegistry(table, scene)
  const [rows, scores, decisions, current] = await Promise.all([
    registry.versions(),
    registry.scores(),
    registry.decisions(),
    registry.current(),
  ])
  const versions = rows
    .map((row) => ({
      ...row,
      nextInterval: scores
        .filter(({ version }) => version === row.version)
        .map(({ version: _version, ...score }) => score),
    }))
    .sort((a, b) => a.scheduledMs - b.scheduledMs || (a.version < b.version ? -1 : 1))
  const releases = decisions.map((row) => ({ scene, ...row })).sort((a, b) => a.timeMs - b.timeMs)
  return { versions, releases, current }
}

/**
 * Everything that the accounts and the registry record about the scenes: drops and closed hours
 * since the given instants, and the whole lineage. Memory: about 500 bytes per drop and hour.
 */
export async function collectFindings(
  stores: ReportStores,
  scenes: readonly string[],
  since: { dropsMs: number; hoursMs: number } = { dropsMs: 0, hoursMs: 0 },
): Promise<Findings> {
  const { lake, registry } = stores
  const findings: Findings = {
    scenes: [...scenes],
    dataFromMs: null,
    dataThroughMs: null,
    drops: [],
    hours: [],
    versions: [],
    releases: [],
    current: {},
    sections: {},
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
    for (const { id, collect } of SECTIONS)
      if (collect) {
        const own = await collect({ ...stores, scene, sinceMs: since.hoursMs })
        findings.sections[id] = { ...findings.sections[id], [scene]: own }
      }
  }
  const starts = findings.hours.map(({ hourMs }) => hourMs)
  if (starts.length > 0) {
    findings.dataFromMs = starts.reduce((a, b) => Math.min(a, b))
    findings.dataThroughMs = starts.reduce((a, b) => Math.max(a, b)) + HOUR_MS
  }
  return findings
}
