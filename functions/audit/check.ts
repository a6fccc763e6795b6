import type { MatchedEvent } from '../anticheat/match.ts'
import { type ExactlyOnce, exactlyOnceSchema } from '../contract/exactly-once.ts'
import { closedPrefix, parseClosedKey } from '../contract/keys.ts'
import { floorDay } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet, readParquetOfBefore } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { negativeId } from '../samples/negatives.ts'
import { noVerdict, type VerdictOf } from '../samples/verdicts.ts'
import { type Assignment, assignFile, type ClosedFile, type Link } from './chain.ts'
import { checkKinds } from './kinds.ts'
import {
  type FoundImpression,
  type FoundSample,
  type Ledger,
  openLedger,
  type PlacedImpressions,
} from './ledger.ts'
import { type LineagePorts, loadChain } from './load-chain.ts'
import { openSetVerdicts, type SetVerdicts } from './set-verdicts.ts'

/** A closed file, and the version that must have learned from it. */
type Placed = { file: ClosedFile; place: Assignment }
type SampleFile = { by: Link; file: Link['manifest']['sets'][number]['files'][number] }

function groupByDay<T>(all: readonly T[], timeOf: (one: T) => number): Map<number, T[]> {
  const byDay = new Map<number, T[]>()
  for (const one of all) {
    const dayMs = floorDay(timeOf(one))
    const found = byDay.get(dayMs)
    if (found) found.push(one)
    else byDay.set(dayMs, [one])
  }
  return byDay
}

type Row = MatchedEvent & { event: string; type: string; outcome: string | null }

/** For a log without impressions: outcomes of the objective, and the negatives that may be drawn for each. */
function drawnImpressions(
  rows: readonly Row[],
  objective: string,
  perPositive: number,
  verdictOf: VerdictOf,
) {
  return rows
    .filter(({ outcome }) => outcome === objective)
    .flatMap((row): FoundImpression[] => {
      const { event, timeMs } = row
      const verdict = verdictOf(row)
      return [
        { event, timeMs, verdict },
        ...Array.from({ length: perPositive }, (_, n) => ({
          ...{ event: negativeId(event, n), timeMs, isDrawn: true, verdict },
        })),
      ]
    })
}

/**
 * The kept impressions of a closed file. If no version learned from the file, the configuration of
 * `newest` applies.
 */
async function readImpressions(
  lake: ObjectStore,
  placed: Placed,
  newest: Link,
  verdictsOf: SetVerdicts,
): Promise<PlacedImpressions> {
  const columns = ['event', 'type', 'outcome', 'timeMs', 'user', 'item', 'drop']
  const rows = await readParquet<Row>(await lake.get(placed.file.key), columns)
  const { sampling, objective } = 'by' in placed.place ? placed.place.by : newest
  const verdictOf =
    placed.place.kind === 'learned' ? await verdictsOf(placed.place.by, placed.file.key) : noVerdict
  const impressions = sampling.negatives
    ? drawnImpressions(rows, objective, sampling.negatives.perPositive, verdictOf)
    : rows
        .filter(({ type }) => type === 'impression')
        .map((row) => ({ event: row.event, timeMs: row.timeMs, verdict: verdictOf(row) }))
  return { ...placed, impressions }
}

/** The rows of one sample file. Its bytes are compared with the digest in the manifest. */
async function readSamples(
  lake: ObjectStore,
  { by, file }: SampleFile,
  ledger: Ledger,
): Promise<FoundSample[]> {
  const { key, rows, sha256 } = file
  const name = `${key}, which ${by.row.version} learned from,`
  const bytes = await lake.find(key)
  if (bytes === null) {
    ledger.violate(`${name} is missing`)
    return []
  }
  if (sha256Hex(bytes) !== sha256)
    ledger.violate(`${name} has another SHA-256 than its manifest states`)
  try {
    const columns = ['sample', 'timeMs', 'label', 'trust'] as const
    const found = await readParquetOfBefore<Omit<FoundSample, 'by' | 'in'>>(bytes, columns, {
      trust: 1,
    })
    if (found.length !== rows)
      ledger.violate(`${name} has ${found.length} rows, and its manifest states ${rows}`)
    return found.map((row) => ({ ...row, by, in: key }))
  } catch (error) {
    ledger.violate(`${name} cannot be read: ${(error as Error).message}`)
    return []
  }
}

/** The closed files of the chain, by event day. One LIST returns a thousand files of the scene. */
async function placeClosed(
  lake: ObjectStore,
  scene: string,
  chain: readonly Link[],
): Promise<Map<number, Placed[]>> {
  const placed: Placed[] = []
  for (const { key } of await lake.list(closedPrefix(scene))) {
    const name = parseClosedKey(key)
    const file = name && { key, hourMs: name.hourMs, closedThroughMs: name.closedThroughMs }
    const place = file && assignFile(chain, file)
    if (place) placed.push({ file, place })
  }
  return groupByDay(placed, ({ file }) => file.hourMs)
}

/**
 * Proves that the chain up to `version` learned from each impression exactly once. It reads each sample
 * file and each closed file of the chain once, from the newest event day to the oldest. So it finds late
 * samples before it reaches their day. Memory: the ids of one day, and the late samples of the days
 * before it. Throws InvalidInput for a version that is not registered.
 */
export async function checkExactlyOnce(
  ports: LineagePorts,
  scene: string,
  version: string,
): Promise<ExactlyOnce> {
  const { lake } = ports
  const loadViolations: string[] = []
  const chain = await loadChain(ports, version, (sentence) => void loadViolations.push(sentence))
  const ledger = openLedger(scene, chain)
  for (const sentence of loadViolations) ledger.violate(sentence)
  const closed = await placeClosed(lake, scene, chain)
  const verdictsOf = openSetVerdicts(lake, ledger.violate)
  const files = groupByDay(
    chain.flatMap((by) =>
      by.manifest.sets.flatMap(({ fromMs, files }) => files.map((file) => ({ by, file, fromMs }))),
    ),
    ({ fromMs }) => fromMs,
  )
  /** Samples from the late lane of a later day, by their own day. These days are not read yet. */
  const late = new Map<number, FoundSample[]>()
  const newestLeft = (): number =>
    [closed, files, late].flatMap((days) => [...days.keys()]).reduce((a, b) => Math.max(a, b), -1)
  for (let dayMs = newestLeft(); dayMs >= 0; dayMs = newestLeft()) {
    const [impressions, samples] = await Promise.all([
      readEach(closed.get(dayMs) ?? [], (placed) =>
        readImpressions(lake, placed, chain.at(-1)!, verdictsOf),
      ),
      readEach(files.get(dayMs) ?? [], (file) => readSamples(lake, file, ledger)),
    ])
    const own = late.get(dayMs) ?? []
    for (const days of [closed, files, late]) days.delete(dayMs)
    for (const found of samples.flat()) {
      const ownDayMs = floorDay(found.timeMs)
      if (ownDayMs === dayMs) own.push(found)
      else if (ownDayMs > dayMs) ledger.noteSample(found, 'are of a later day than their set')
      else late.set(ownDayMs, [...(late.get(ownDayMs) ?? []), found])
    }
    ledger.enterDay(impressions, own)
  }
  const kinds = await checkKinds(lake, chain, ledger.violate)
  return exactlyOnceSchema.parse({ ...ledger.close(), ...(kinds && { kinds }) })
}
