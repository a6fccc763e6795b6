import {
  type SampleManifest,
  type SamplePartAccount,
  sampleManifestSchema,
  samplePartAccountSchema,
} from '../contract/accounts.ts'
import { parseSampleFileKey, sampleManifestKey, samplePartAccountKey } from '../contract/keys.ts'
import { VALUE_SEPARATOR } from '../contract/rows.ts'
import type { KindBesidePointwise } from '../contract/sample-kinds.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import type { Row } from './rewrite-parquet.ts'
import { removedSample, subtractHours, subtractSamples } from './subtract.ts'

/** A file of a set as it will be. */
export interface LeftFile {
  key: string
  rows: number
  sha256: string
  removed: readonly Row[]
}
type Stated = Pick<LeftFile, 'key' | 'rows' | 'sha256'>

const kindOf = ({ key }: { key: string }) => parseSampleFileKey(key)!.kind
const stated = (files: readonly LeftFile[], file: Stated): Stated => {
  const left = files.find(({ key }) => key === file.key)
  return left ? { key: left.key, rows: left.rows, sha256: left.sha256 } : file
}
const isStated = (files: readonly LeftFile[], file: Stated): boolean =>
  stated(files, file).sha256 === file.sha256

const removedOf = (files: readonly LeftFile[], kind: KindBesidePointwise | 'pointwise'): Row[] =>
  files.filter((file) => kindOf(file) === kind).flatMap(({ removed }) => removed)

const lengthOf = ({ timesMs }: Row): number =>
  typeof timesMs === 'string' ? timesMs.split(VALUE_SEPARATOR).length : 0

interface KindAccounts {
  pairs?: { account: { pairs: number; possible: number } }
  sequences?: {
    account: { sequences: number; empty: number; elements: number; visible: number }
  }
}
/** Subtracts removed pairs and sequences. The laws of both accounts still hold; slates stay counted. */
function subtractKinds<K extends KindAccounts>(kinds: K, files: readonly LeftFile[]): K {
  const pairs = removedOf(files, 'pairs').length
  const sequences = removedOf(files, 'sequences')
  const elements = sequences.reduce((sum, row) => sum + lengthOf(row), 0)
  const empty = sequences.filter((row) => lengthOf(row) === 0).length
  const { pairs: ofPairs, sequences: ofSequences } = kinds
  return {
    ...kinds,
    ...(ofPairs && {
      pairs: {
        ...ofPairs,
        account: {
          ...ofPairs.account,
          pairs: ofPairs.account.pairs - pairs,
          possible: ofPairs.account.possible - pairs,
        },
      },
    }),
    ...(ofSequences && {
      sequences: {
        ...ofSequences,
        account: {
          ...ofSequences.account,
          sequences: ofSequences.account.sequences - sequences.length,
          empty: ofSequences.account.empty - empty,
          elements: ofSequences.account.elements - elements,
          visible: ofSequences.account.visible - elements,
        },
      },
    }),
  }
}

function amendPart(part: SamplePartAccount, files: readonly LeftFile[]): SamplePartAccount {
  const removed = removedOf(files, 'pointwise').map(removedSample)
  const kinds = part.kinds && subtractKinds(part.kinds, files)
  return {
    ...part,
    file: stated(files, part.file),
    account: subtractSamples(part.account, removed),
    hours: subtractHours(part.hours, removed),
    ...(kinds && {
      kinds: {
        ...(kinds.pairs && { pairs: { ...kinds.pairs, file: stated(files, kinds.pairs.file) } }),
        ...(kinds.sequences && {
          sequences: { ...kinds.sequences, file: stated(files, kinds.sequences.file) },
        }),
      },
    }),
  }
}

/** The manifest of what is left. It keeps the files that it had, as versions pin them. */
function amendManifest(
  manifest: SampleManifest,
  files: readonly LeftFile[],
  erasure: string,
): SampleManifest {
  const removed = removedOf(files, 'pointwise').map(removedSample)
  const kinds = manifest.kinds && subtractKinds(manifest.kinds, files)
  const all = (own: readonly Stated[]): Stated[] => own.map((file) => stated(files, file))
  const { erasures = [], former = [] } = manifest.erased ?? {}
  return {
    ...manifest,
    files: all(manifest.files),
    account: subtractSamples(manifest.account, removed),
    hours: subtractHours(manifest.hours, removed),
    ...(kinds && {
      kinds: {
        ...(kinds.pairs && { pairs: { ...kinds.pairs, files: all(kinds.pairs.files) } }),
        ...(kinds.sequences && {
          sequences: { ...kinds.sequences, files: all(kinds.sequences.files) },
        }),
      },
    }),
    erased: {
      erasures: [...new Set([...erasures, erasure])],
      former: [
        ...former,
        { files: manifest.files, ...(manifest.kinds && { kinds: manifest.kinds }) },
      ],
    },
  }
}

/** All files that a part or a manifest states. */
const statedBy = ({ kinds }: Pick<SampleManifest, 'kinds'>): Stated[] => [
  ...(kinds?.pairs?.files ?? []),
  ...(kinds?.sequences?.files ?? []),
]
const statedByPart = ({ file, kinds }: SamplePartAccount): Stated[] =>
  [file, kinds?.pairs?.file, kinds?.sequences?.file].filter((one) => one !== undefined)

const putJson = (lake: ObjectStore, key: string, value: unknown): Promise<void> =>
  lake.put(key, canonicalJson(value), 'application/json')

/**
 * Makes the accounts of a set state what its files will be. A set without a manifest has accounts of parts alone. A
 * repeat has no effect.
 */
export async function amendSet(
  lake: ObjectStore,
  files: readonly LeftFile[],
  erasure: string,
): Promise<void> {
  const byShard = Map.groupBy(files, ({ key }) => parseSampleFileKey(key)!.shard)
  for (const own of byShard.values()) {
    const key = samplePartAccountKey(parseSampleFileKey(own[0]!.key)!)
    const part = await findJson(lake, key, samplePartAccountSchema)
    if (part && !statedByPart(part).every((file) => isStated(files, file)))
      await putJson(lake, key, amendPart(part, own))
  }
  const key = sampleManifestKey(parseSampleFileKey(files[0]!.key)!)
  const manifest = await findJson(lake, key, sampleManifestSchema)
  if (manifest && ![...manifest.files, ...statedBy(manifest)].every((one) => isStated(files, one)))
    await putJson(lake, key, amendManifest(manifest, files, erasure))
}
