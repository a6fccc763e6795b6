import { searchPartKey } from '../contract/keys.ts'
import {
  type BuildPlan,
  builtPartSchema,
  PART_VERSION_COLUMNS,
  partFilesSchema,
} from '../contract/search-build.ts'
import { getJson } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { adoptSegment } from './add-documents.ts'
import type { IndexPorts, OpenGeneration } from './build.ts'
import { type KnownVersion, type Ledger, noteVersion } from './ledger.ts'
import { mergeLevels } from './merge.ts'
import type { Sample } from './probes.ts'

/** The numbers of the parts that are not done yet. */
export async function missingParts(
  { models, scene }: Pick<IndexPorts, 'models' | 'scene'>,
  generation: string,
  { parts }: BuildPlan,
): Promise<number[]> {
  const found = await readEach(parts, (digest) =>
    models.head(searchPartKey(scene, generation, digest, 'segments.json')),
  )
  return [...parts.keys()].filter((piece) => found[piece] === null)
}

/**
 * Takes the segments of all parts into the generation, one move of the pointer a segment, beside what drops wrote
 * meanwhile; and the parts' files and versions into the ledger. What is adopted already changes nothing.
 */
export async function adoptParts(
  ports: IndexPorts,
  { generation, shape }: OpenGeneration,
  { parts }: BuildPlan,
  ledger: Ledger,
  sample: Sample,
): Promise<void> {
  const { models, scene } = ports
  for (const digest of parts) {
    const keyOf = (what: Parameters<typeof searchPartKey>[3]): string =>
      searchPartKey(scene, generation, digest, what)
    const { files } = await getJson(models, keyOf('files.json'), partFilesSchema)
    for (const key of files) ledger.files.add(key)
    const bytes = await models.get(keyOf('versions.parquet'))
    const columns = Object.keys(PART_VERSION_COLUMNS)
    const versions = await readParquet<KnownVersion & { id: string }>(bytes, columns)
    for (const { id, ...version } of versions) noteVersion(ledger, id, version)
    const built = await getJson(models, keyOf('segments.json'), builtPartSchema)
    const { segments, throughMs, probes } = built
    ledger.throughMs = Math.max(ledger.throughMs, throughMs)
    sample.join(probes)
    for (const entry of segments) {
      await adoptSegment(ports, generation, shape, entry, throughMs)
      await mergeLevels(ports, generation, shape)
    }
  }
}
