import { sampleManifestSchema } from '../contract/accounts.ts'
import { sampleManifestKey, versionManifestKey, versionRunKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import {
  trainingRunSchema,
  type VersionManifest,
  versionManifestSchema,
} from '../contract/training.ts'
import { configurationDigest } from '../core/configuration.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { loadAncestry } from '../registry/ancestry.ts'
import type { Registry } from '../registry/registry.ts'
import { sumAccounts } from '../samples/commit-set.ts'
import type { Link } from './chain.ts'

export interface LineagePorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
}

/** The registry's rows from the root to a version. Throws InvalidInput for an unknown version. */
async function loadRows(
  registry: Registry,
  version: string,
  violate: (sentence: string) => void,
): Promise<VersionRow[]> {
  const rows = (await loadAncestry(registry, version)).reverse()
  const [root] = rows
  if (!root) throw new InvalidInput(`${version} is not registered`)
  const isAfter = rows.some((row) => row.version === root.parent)
  if (root.parent !== null)
    violate(
      `${root.version} continues ${root.parent}, which ${isAfter ? 'comes after it' : 'is not registered'}`,
    )
  return rows
}

/** The manifest of a version. If it is missing or broken: a violation, and an empty manifest. */
async function loadManifest(
  models: ObjectStore,
  row: VersionRow,
  violate: (sentence: string) => void,
): Promise<VersionManifest> {
  const { scene, version, dataFromMs, dataThroughMs } = row
  const key = versionManifestKey(scene, version)
  const bytes = await models.find(key)
  if (bytes === null) violate(`${key}, the manifest of ${version}, is missing`)
  else if (sha256Hex(bytes) !== row.manifestDigest)
    violate(`${key}: its SHA-256 is not the ${row.manifestDigest} that the registry has`)
  try {
    if (bytes) return versionManifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    violate(`${key} cannot be read as a manifest`)
  }
  return {
    scene,
    version,
    dataFromMs,
    dataThroughMs,
    sets: [],
    exclusions: [],
    account: sumAccounts([]),
  }
}

/** The closed files of each set. Its manifest must name the same files as the version's manifest. */
async function loadSets(
  lake: ObjectStore,
  { scene, version, sets }: VersionManifest,
  violate: (sentence: string) => void,
): Promise<Map<number, string[]>> {
  const found = await readEach(sets, async ({ fromMs, inputsDigest, files, kinds = null }) => {
    const key = sampleManifestKey({ scene, fromMs, inputsDigest })
    const set = await findJson(lake, key, sampleManifestSchema)
    if (!set) violate(`${key}, a set of ${version}, is missing`)
    else if (canonicalJson([set.files, set.kinds ?? null]) !== canonicalJson([files, kinds]))
      violate(`${key} names other files than the manifest of ${version}`)
    return [fromMs, set?.impressionKeys ?? []] as const
  })
  return new Map(found)
}

/** Loads a version and its ancestors, root first. Sample files are not read. */
export async function loadChain(
  { lake, models, registry }: LineagePorts,
  version: string,
  violate: (sentence: string) => void,
): Promise<Link[]> {
  const rows = await loadRows(registry, version, violate)
  return readEach(rows, async (row) => {
    const manifest = await loadManifest(models, row, violate)
    const runKey = versionRunKey(row.scene, row.version)
    const { configuration } = await getJson(models, runKey, trainingRunSchema)
    if (configurationDigest(configuration) !== row.configurationDigest)
      violate(`${runKey}: its configuration is not the one that the registry has`)
    const closedKeys = await loadSets(lake, manifest, violate)
    const { sampling, objective } = configuration
    return { row, manifest, sampling, objective, closedKeys }
  })
}
