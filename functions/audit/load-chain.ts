import { type SampleManifest, sampleManifestSchema } from '../contract/accounts.ts'
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

type PinnedSet = VersionManifest['sets'][number]

/**
 * A pinned set as its files are now: an erasure may have taken rows from them since, and then the set's manifest has
 * the pinned files among the former ones. Null: it names other files.
 */
function currentSet(pinned: PinnedSet, set: SampleManifest): PinnedSet | null {
  const filesOf = ({ files, kinds }: Pick<SampleManifest, 'files' | 'kinds'>): string =>
    canonicalJson([files, kinds ?? null])
  if (filesOf(set) === filesOf(pinned)) return pinned
  const isFormer = set.erased?.former.some((state) => filesOf(state) === filesOf(pinned))
  return isFormer ? { ...pinned, files: set.files, ...(set.kinds && { kinds: set.kinds }) } : null
}

/**
 * The closed files of each set. Its manifest must name the same files as the version's manifest. Where an erasure took
 * samples, the version's manifest is returned as of now, with the account of what is left.
 */
async function loadSets(
  lake: ObjectStore,
  manifest: VersionManifest,
  violate: (sentence: string) => void,
): Promise<{ closedKeys: Map<number, string[]>; manifest: VersionManifest }> {
  const { scene, version } = manifest
  const found = await readEach(manifest.sets, async (pinned) => {
    const key = sampleManifestKey({ scene, ...pinned })
    const set = await findJson(lake, key, sampleManifestSchema)
    const current = set && currentSet(pinned, set)
    if (!set) violate(`${key}, a set of ${version}, is missing`)
    else if (!current) violate(`${key} names other files than the manifest of ${version}`)
    return { pinned, set, current }
  })
  const closedKeys = new Map(
    found.map(({ pinned, set }) => [pinned.fromMs, set?.impressionKeys ?? []]),
  )
  const isErased = found.some(({ pinned, current }) => current !== null && current !== pinned)
  if (!isErased) return { closedKeys, manifest }
  const sets = found.map(({ pinned, current }) => current ?? pinned)
  const account = sumAccounts(found.flatMap(({ set }) => set?.account ?? []))
  return { closedKeys, manifest: { ...manifest, sets, account } }
}

/** Loads a version and its ancestors, root first. Sample files are not read. */
export async function loadChain(
  { lake, models, registry }: LineagePorts,
  version: string,
  violate: (sentence: string) => void,
): Promise<Link[]> {
  const rows = await loadRows(registry, version, violate)
  const mayLack = (await registry.erasures()).length > 0
  return readEach(rows, async (row) => {
    const pinned = await loadManifest(models, row, violate)
    const runKey = versionRunKey(row.scene, row.version)
    const { configuration } = await getJson(models, runKey, trainingRunSchema)
    if (configurationDigest(configuration) !== row.configurationDigest)
      violate(`${runKey}: its configuration is not the one that the registry has`)
    const { manifest, closedKeys } = await loadSets(lake, pinned, violate)
    const { sampling, objective } = configuration
    return { row, manifest, sampling, objective, closedKeys, ...(mayLack && { mayLack }) }
  })
}
