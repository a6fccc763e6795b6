import { parseSearchKey, searchPartKey } from '../contract/keys.ts'
import {
  type BuiltPart,
  buildPlanSchema,
  builtPartSchema,
  PART_VERSION_COLUMNS,
  partFilesSchema,
} from '../contract/search-build.ts'
import type { SnapshotSegment } from '../contract/search-index.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { putSegment } from './add-documents.ts'
import { batchesOf, type OpenGeneration, openGeneration } from './build.ts'
import { documentOf, textReaders } from './documents.ts'
import {
  createLedger,
  type Ledger,
  newestStatementsOf,
  noteFiles,
  type StatedFile,
} from './ledger.ts'
import { createSample, type Sample } from './probes.ts'
import { goneBitmap } from './segment/bitmap.ts'
import { encodeSegment } from './segment/encode-segment.ts'
import { mergeSegments } from './segment/merge-segments.ts'
import { openSegment } from './segment/open-segment.ts'
import type { EncodedSegment, SegmentShape } from './segment/types.ts'

interface PartPorts {
  lake: ObjectStore
  models: ObjectStore
}

/** What became of a part. `outdated`: other code began the generation; the next rebuild begins another. */
export interface IndexedPart {
  scene: string
  result: 'indexed' | 'done before' | 'outdated'
  /** Documents of its segments. */
  documents: number
}

/** Batches are merged when they take so many bytes: memory holds them twice. */
const MERGED_BYTES = 256 * 2 ** 20

const bytesOf = ({ index, documents }: EncodedSegment): number => index.length + documents.length

function mergeAll(shape: SegmentShape, segments: readonly EncodedSegment[]): EncodedSegment {
  if (segments.length === 1) return segments[0]!
  const parts = segments.map(({ index, documents }) => {
    const segment = openSegment(index, 'a batch')
    return { segment, documents, deleted: goneBitmap(segment) }
  })
  return mergeSegments(shape, parts)
}

/** The newest statements of these files as few large segments. */
async function* encodeFiles(
  lake: ObjectStore,
  { meaning, analyzers, shape }: OpenGeneration,
  ledger: Ledger,
  files: readonly StatedFile[],
  sample: Sample,
): AsyncGenerator<EncodedSegment> {
  const readers = textReaders(analyzers)
  let held: EncodedSegment[] = []
  let bytes = 0
  for await (const rows of newestStatementsOf(lake, ledger, files)) {
    sample.add(rows)
    for (const batch of batchesOf(rows)) {
      const documents = batch.map((row) => documentOf(meaning.search, readers, row))
      const encoded = encodeSegment(shape, documents)
      held.push(encoded)
      bytes += bytesOf(encoded)
      if (bytes < MERGED_BYTES) continue
      yield mergeAll(shape, held)
      held = []
      bytes = 0
    }
  }
  if (held.length > 0) yield mergeAll(shape, held)
}

/**
 * Indexes one part of a planned build: its segments, the newest versions that it found, and last the object that says
 * it is done. No snapshot names the segments yet. A repeat writes the same bytes.
 */
export async function indexPart(
  { lake, models }: PartPorts,
  planKey: string,
  piece: number,
): Promise<IndexedPart> {
  const named = parseSearchKey(planKey)
  if (!named)
    throw new InvalidInput(
      `${planKey}: expected the key of a search index's plan; nothing was indexed`,
    )
  const { scene, generation } = named
  const { parts } = await getJson(models, planKey, buildPlanSchema)
  const digest = parts[piece]
  if (digest === undefined)
    throw new InvalidInput(
      `${planKey}: got part ${piece}, expected one of ${parts.length}; nothing was indexed`,
    )
  const keyOf = (what: Parameters<typeof searchPartKey>[3]): string =>
    searchPartKey(scene, generation, digest, what)
  if (await findJson(models, keyOf('segments.json'), builtPartSchema))
    return { scene, result: 'done before', documents: 0 }
  const open = await openGeneration({ models, scene }, { generation })
  if (!open) return { scene, result: 'outdated', documents: 0 }
  const { search } = open.meaning
  const ledger = createLedger()
  const { files: keys } = await getJson(models, keyOf('files.json'), partFilesSchema)
  const files = await noteFiles(lake, search, ledger, keys)
  const sample = createSample(search)
  const segments: SnapshotSegment[] = []
  for await (const encoded of encodeFiles(lake, open, ledger, files, sample))
    segments.push(await putSegment({ models, scene }, generation, encoded))
  await models.put(keyOf('versions.parquet'), encodeVersions(ledger))
  const built: BuiltPart = { segments, throughMs: ledger.throughMs, probes: sample.kept() }
  await models.put(keyOf('segments.json'), canonicalJson(built), 'application/json')
  return { scene, result: 'indexed', documents: ledger.newest.size }
}

/** In order of ids, so that the same files give the same bytes. */
const encodeVersions = ({ newest }: Ledger): Uint8Array =>
  writeParquet(
    PART_VERSION_COLUMNS,
    [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, version]) => ({ id, ...version })),
  )
