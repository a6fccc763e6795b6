import { type SampleManifest, sampleManifestSchema } from '../contract/accounts.ts'
import type { ExactlyOnce } from '../contract/exactly-once.ts'
import { sampleManifestKey } from '../contract/keys.ts'
import { type EventRow, VALUE_SEPARATOR } from '../contract/rows.ts'
import { KINDS_BESIDE_POINTWISE, type PairRow, type SequenceRow } from '../contract/sample-kinds.ts'
import { sha256Hex } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { negativeId } from '../samples/negatives.ts'
import { slateOf } from '../samples/pairs.ts'
import type { Link } from './chain.ts'

type SetOfLink = Link['manifest']['sets'][number]
type SampleFile = SetOfLink['files'][number]
interface Sample {
  sample: string
  timeMs: number
  user: string
  label: number
}
/** Notes a fault. All rows of a file with the same fault give one sentence. */
type Note = (where: string, what: string, id: string) => void

const nameOf = (id: string, timeMs: number): string => `${id} ${timeMs}`

/** The rows of a file, which must have the bytes and the number of rows that the manifest states. */
async function readPinned<R>(
  lake: ObjectStore,
  { key, rows, sha256 }: SampleFile,
  violate: (sentence: string) => void,
): Promise<R[]> {
  const bytes = await lake.find(key)
  if (bytes === null) {
    violate(`${key} is missing`)
    return []
  }
  if (sha256Hex(bytes) !== sha256) {
    violate(`${key} has another SHA-256 than its manifest states`)
    return []
  }
  const found = await readParquet<R>(bytes)
  if (found.length !== rows)
    violate(`${key} has ${found.length} rows, and its manifest states ${rows}`)
  return found
}

/** The slate of each impression of a set, or of each outcome and the negatives that may be drawn for it. */
async function readSlates(
  lake: ObjectStore,
  { sampling, objective }: Link,
  { impressionKeys }: SampleManifest,
  violate: (sentence: string) => void,
): Promise<Map<string, string>> {
  const slates = new Map<string, string>()
  const columns = ['event', 'type', 'outcome', 'timeMs', 'user', 'request']
  for (const key of impressionKeys) {
    const bytes = await lake.find(key)
    if (bytes === null) violate(`${key} is missing, and a set with pairs was made from it`)
    else
      for (const row of await readParquet<EventRow>(bytes, columns)) {
        const { event, timeMs } = row
        const name = nameOf(event, timeMs)
        if (!sampling.negatives) {
          const slate = slateOf(row)
          if (row.type === 'impression' && slate !== null) slates.set(name, slate)
        } else if (row.outcome === objective) {
          slates.set(name, name)
          for (let n = 0; n < sampling.negatives.perPositive; n++)
            slates.set(nameOf(negativeId(event, n), timeMs), name)
        }
      }
  }
  return slates
}

const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1)

/** Compares each slate's pairs with its samples: all of them, or as many as the scene allows. */
function checkSlates(
  samples: ReadonlyMap<string, Sample>,
  slates: ReadonlyMap<string, string>,
  paired: ReadonlyMap<string, number>,
  maxPerSlate: number,
  noteMissing: (slate: string, found: number, expected: number) => void,
): void {
  const positives = new Map<string, number>()
  const negatives = new Map<string, number>()
  for (const [name, { label }] of samples) {
    const slate = slates.get(name)
    if (slate !== undefined) add(label === 1 ? positives : negatives, slate)
  }
  for (const [slate, count] of positives) {
    const expected = Math.min(maxPerSlate, count * (negatives.get(slate) ?? 0))
    const found = paired.get(slate) ?? 0
    if (found !== expected) noteMissing(slate, found, expected)
  }
}

/** Checks that a set has each pair of its slates once, up to the cap, and no other pair. */
async function checkPairs(
  lake: ObjectStore,
  link: Link,
  set: SampleManifest,
  samples: ReadonlyMap<string, Sample>,
  note: Note,
  violate: (sentence: string) => void,
): Promise<number> {
  const { files, account } = set.kinds!.pairs!
  const slates = await readSlates(lake, link, set, violate)
  const seen = new Set<string>()
  const paired = new Map<string, number>()
  for (const file of files)
    for (const row of await readPinned<PairRow>(lake, file, violate)) {
      const [preferred, other] = [
        nameOf(row.preferred, row.preferredMs),
        nameOf(row.other, row.otherMs),
      ]
      const pair = `${preferred} ${other}`
      const where = `pairs of ${file.key}`
      if (samples.get(preferred)?.label !== 1)
        note(where, 'prefer what is no positive sample of their set', pair)
      if (samples.get(other)?.label !== 0)
        note(where, 'are over what is no negative sample of their set', pair)
      const slate = slates.get(preferred)
      if (slate === undefined || slates.get(other) !== slate) note(where, 'are of two slates', pair)
      if (seen.has(pair)) note(where, 'are in the set twice', pair)
      seen.add(pair)
      if (slate !== undefined) add(paired, slate)
    }
  const maxPerSlate = link.sampling.kinds?.pairs?.maxPerSlate ?? 0
  checkSlates(samples, slates, paired, maxPerSlate, (slate, found, expected) =>
    note(
      `slates of ${link.row.version}`,
      `have another number of pairs than their samples give (${found}, expected ${expected})`,
      slate.replace('\n', ' '),
    ),
  )
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  const { possible, pairs, capped, sampledOut } = account
  if (pairs !== rows || possible !== pairs + capped + sampledOut)
    violate(
      `the account of ${files[0]?.key} does not add up: ${possible} possible pairs, ${pairs} + ${capped} capped + ${sampledOut} sampled out, and ${rows} rows`,
    )
  return seen.size
}

const split = (cell: string | null): string[] => (cell === null ? [] : cell.split(VALUE_SEPARATOR))

/** Checks that each sample of a set has one sequence, whose outcomes are in order and before it. */
async function checkSequences(
  lake: ObjectStore,
  { sampling }: Link,
  set: SampleManifest,
  samples: ReadonlyMap<string, Sample>,
  note: Note,
  violate: (sentence: string) => void,
): Promise<number> {
  const { files, account } = set.kinds!.sequences!
  const length = sampling.kinds?.sequences?.length ?? 0
  const seen = new Set<string>()
  let elements = 0
  for (const file of files)
    for (const row of await readPinned<SequenceRow>(lake, file, violate)) {
      const name = nameOf(row.sample, row.timeMs)
      const where = `sequences of ${file.key}`
      const times = split(row.timesMs).map(Number)
      const lengths = [row.items, row.outcomes].map((cell) => split(cell).length)
      if (samples.get(name)?.user !== row.user) note(where, 'belong to no sample of the set', name)
      if (seen.has(name)) note(where, 'are in the set twice', name)
      if (times.length > length || lengths.some((n) => n !== times.length))
        note(where, `have lists that differ or have more than ${length} outcomes`, name)
      if (times.some((ms, i) => ms >= row.timeMs || ms < (times[i - 1] ?? 0)))
        note(where, 'have outcomes that are not in order before their sample', name)
      seen.add(name)
      elements += times.length
    }
  for (const name of samples.keys())
    if (!seen.has(name)) note(`samples of ${set.files[0]!.key}`, 'have no sequence', name)
  const { sequences, visible, cut } = account
  if (sequences !== seen.size || account.elements !== elements || visible !== elements + cut)
    violate(
      `the account of ${files[0]?.key} does not add up: ${sequences} sequences, ${visible} visible outcomes, ${account.elements} + ${cut} cut; counted ${seen.size} and ${elements}`,
    )
  return seen.size
}

/** The samples of a set by name. A missing file is a violation of the samples' own proof. */
async function readSamples(lake: ObjectStore, { files }: SampleManifest) {
  const samples = new Map<string, Sample>()
  for (const { key } of files) {
    const bytes = await lake.find(key)
    if (bytes === null) continue
    const rows = await readParquet<Sample>(bytes, ['sample', 'timeMs', 'user', 'label'])
    for (const row of rows) samples.set(nameOf(row.sample, row.timeMs), row)
  }
  return samples
}

type Counted = NonNullable<ExactlyOnce['kinds']>

async function checkSet(
  lake: ObjectStore,
  link: Link,
  set: SampleManifest,
  violate: (sentence: string) => void,
): Promise<Counted> {
  const faults = new Map<string, { count: number; first: string }>()
  const note: Note = (where, what, id) => {
    const key = `${where} ${what}`
    const found = faults.get(key)
    if (found) found.count++
    else faults.set(key, { count: 1, first: id })
  }
  const samples = await readSamples(lake, set)
  const { kinds = {} } = set
  const counted = {
    pairs: kinds.pairs ? await checkPairs(lake, link, set, samples, note, violate) : 0,
    sequences: kinds.sequences ? await checkSequences(lake, link, set, samples, note, violate) : 0,
  }
  for (const [what, { count, first }] of faults) violate(`${count} ${what}; the first is ${first}`)
  return counted
}

/**
 * Proves that the pairs and sequences of a chain count exactly once: each names samples of its own set, is
 * there once, and none is missing. That each sample is in one set of the chain is proven by the ledger.
 * Memory: the ids of one set. Null: no version of the chain has samples of other kinds.
 */
export async function checkKinds(
  lake: ObjectStore,
  chain: readonly Link[],
  violate: (sentence: string) => void,
): Promise<Counted | null> {
  const counts: Counted[] = []
  for (const link of chain) {
    const { version } = link.row
    const asked = link.sampling.kinds ?? {}
    for (const { fromMs, inputsDigest, kinds } of link.manifest.sets) {
      for (const kind of KINDS_BESIDE_POINTWISE)
        if (Boolean(asked[kind]) !== Boolean(kinds?.[kind]))
          violate(
            `the set ${inputsDigest} of ${version} has ${kinds?.[kind] ? '' : 'no '}${kind}, and its scene has ${asked[kind] ? '' : 'no '}sampling.kinds.${kind}`,
          )
      if (!kinds) continue
      const key = sampleManifestKey({ scene: link.row.scene, fromMs, inputsDigest })
      const set = await findJson(lake, key, sampleManifestSchema)
      if (set) counts.push(await checkSet(lake, link, set, violate))
    }
  }
  const sumOf = (kind: keyof Counted) => counts.reduce((sum, counted) => sum + counted[kind], 0)
  return counts.length > 0 ? { pairs: sumOf('pairs'), sequences: sumOf('sequences') } : null
}
