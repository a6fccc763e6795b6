import type { ExactlyOnce } from '../contract/exactly-once.ts'
import type { Match } from '../contract/match.ts'
import { sampleRow } from '../samples/sampling.ts'
import { excludedBy } from '../samples/verdicts.ts'
import { type Assignment, type ClosedFile, findGaps, type Link } from './chain.ts'

/** One row of a sample file of the chain. */
export interface FoundSample {
  sample: string
  timeMs: number
  label: number
  trust: number
  by: Link
  /** The file's key. */
  in: string
}
/** A kept impression, or a drawn one if the log has no impressions. */
export interface FoundImpression {
  event: string
  timeMs: number
  /** A negative that may be absent: fewer are drawn if too few items were available. */
  isDrawn?: boolean
  /** What the verdicts of its set say of it. */
  verdict?: Match | null
}
/** A closed file of the chain with its kept impressions. */
export interface PlacedImpressions {
  file: ClosedFile
  place: Assignment
  impressions: readonly FoundImpression[]
}
export interface Ledger {
  violate(sentence: string): void
  /** Notes a fault of a sample. All samples of a file with the same fault give one sentence. */
  noteSample(found: FoundSample, what: string): void
  /** Enters one event day: its closed files, and all samples with a time in that day. */
  enterDay(closed: readonly PlacedImpressions[], samples: readonly FoundSample[]): void
  /** The account of all entered days. */
  close(): ExactlyOnce
}

const describePlace = (place: Assignment): string =>
  place.kind === 'learned'
    ? `belong to ${place.by.row.version}`
    : place.kind === 'excluded'
      ? `are in an interval that ${place.by.row.version} excludes`
      : 'were closed too late for the chain and wait for a daily'

interface Counted {
  impressions: number
  samples: number
  positives: number
  sampledOut: number
  trust: number
  excluded: Record<string, number>
}
interface LedgerState {
  scene: string
  chain: readonly Link[]
  sentences: string[]
  /** From the fault and its file to its count and its first id. */
  wrong: Map<string, { count: number; first: string }>
  total: Record<'impressions' | 'samples' | 'sampledOut' | 'excluded' | 'trust', number> & {
    byVerdict: Record<string, number>
  }
  waiting: { nextDaily: number; dailyOfItsDay: number }
  byVersion: ReadonlyMap<string, Counted>
}

function note({ wrong }: LedgerState, where: string, what: string, id: string): void {
  const key = `${where} ${what}`
  const found = wrong.get(key)
  if (found) found.count++
  else wrong.set(key, { count: 1, first: id })
}

const noteSample = (ledger: LedgerState, found: FoundSample, what: string): void =>
  note(ledger, `samples of ${found.in} (${found.by.row.version})`, what, found.sample)

/** Samples by id and time. A second row with the same id and time is a violation, and is left out. */
function indexSamples(
  ledger: LedgerState,
  samples: readonly FoundSample[],
): Map<string, FoundSample> {
  const index = new Map<string, FoundSample>()
  for (const found of samples) {
    const counted = ledger.byVersion.get(found.by.row.version)!
    counted.samples++
    counted.positives += found.label
    counted.trust += found.trust
    const key = `${found.sample} ${found.timeMs}`
    const before = index.get(key)
    if (before) noteSample(ledger, found, `are also in ${before.in} (${before.by.row.version})`)
    else index.set(key, found)
  }
  return index
}

/** The trust of a sample is that of its impression, or less if a verdict weighs its outcome. */
const hasTrust = ({ label, trust }: FoundSample, weight: number): boolean =>
  label === 0 ? trust === weight : trust > 0 && trust <= weight

/** Counts an impression that a verdict excludes. It may be no sample. */
function enterExcluded(
  ledger: LedgerState,
  { excluded }: Counted,
  reason: string,
  found: FoundSample | undefined,
): void {
  for (const counts of [ledger.total.byVerdict, excluded])
    counts[reason] = (counts[reason] ?? 0) + 1
  if (found) noteSample(ledger, found, `are excluded by a verdict (${reason})`)
}

function enterImpression(
  ledger: LedgerState,
  place: Assignment,
  key: string,
  { event, verdict = null }: FoundImpression,
  found: FoundSample | undefined,
): void {
  const { total, waiting } = ledger
  total.impressions++
  if (place.kind !== 'learned') {
    if (place.kind === 'excluded') total.excluded++
    else waiting[place.for]++
    if (found) noteSample(ledger, found, describePlace(place))
    return
  }
  const { by } = place
  const counted = ledger.byVersion.get(by.row.version)!
  counted.impressions++
  const reason = excludedBy(verdict)
  if (reason !== null) {
    enterExcluded(ledger, counted, reason, found)
    return
  }
  const isSampledOut = sampleRow(event, found?.label ?? 0, by.sampling) === null
  if (!found && isSampledOut) {
    total.sampledOut++
    counted.sampledOut++
  } else if (!found)
    note(
      ledger,
      `impressions of ${key}`,
      `are in no sample file of ${by.row.version}, and sampling keeps them`,
      event,
    )
  else {
    total.samples++
    total.trust += found.trust
    if (found.by.row.version !== by.row.version) noteSample(ledger, found, describePlace(place))
    else if (isSampledOut) noteSample(ledger, found, 'are negatives that sampling drops')
    else if (!hasTrust(found, verdict?.weight ?? 1))
      noteSample(ledger, found, 'have another trust than their verdicts give')
  }
}

function enterDay(
  ledger: LedgerState,
  closed: readonly PlacedImpressions[],
  samples: readonly FoundSample[],
): void {
  const index = indexSamples(ledger, samples)
  for (const { file, place, impressions } of closed)
    for (const impression of impressions) {
      const key = `${impression.event} ${impression.timeMs}`
      if (impression.isDrawn && !index.has(key)) continue
      enterImpression(ledger, place, file.key, impression, index.get(key))
      index.delete(key)
    }
  for (const found of index.values()) noteSample(ledger, found, 'have no kept impression')
}

/** A sum of floats may differ in its last digits, by the order of its parts. */
const isSame = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, a, b)

/** Counts of rows of sample files: an erasure subtracts these from the accounts exactly. */
const IN_FILES: ReadonlySet<string> = new Set(['samples', 'positives', 'trust'])

function compareAccounts({ chain, byVersion }: LedgerState): string[] {
  return chain.flatMap(({ row, manifest: { account }, mayLack = false }) => {
    const { excluded, ...counted } = byVersion.get(row.version)!
    const stated = { ...account, trust: account.trust ?? account.samples }
    const numbers = Object.entries(counted).map(
      ([name, count]) => [name, stated[name as keyof typeof counted], count] as const,
    )
    const reasons = [...new Set([...Object.keys(excluded), ...Object.keys(account.excluded ?? {})])]
    const removed = reasons.map(
      (reason) =>
        [`excluded as ${reason}`, account.excluded?.[reason] ?? 0, excluded[reason] ?? 0] as const,
    )
    return [...numbers, ...removed]
      .filter(([, states, count]) => !isSame(states, count))
      .filter(([name, states, count]) => !(mayLack && !IN_FILES.has(name) && states > count))
      .map(
        ([name, states, count]) =>
          `the account of ${row.version} states ${states} ${name}, and ${count} were counted`,
      )
  })
}

function accountOf(ledger: LedgerState): ExactlyOnce {
  const { scene, chain, sentences, wrong, total, waiting } = ledger
  return {
    scene,
    version: chain.at(-1)!.row.version,
    versions: chain.length,
    dataFromMs: chain[0]!.row.dataFromMs,
    dataThroughMs: chain.at(-1)!.row.dataThroughMs,
    ...total,
    files: chain.reduce(
      (sum, { manifest }) => sum + manifest.sets.reduce((n, { files }) => n + files.length, 0),
      0,
    ),
    waiting,
    violations: [
      ...sentences,
      ...[...wrong].map(([what, { count, first }]) => `${count} ${what}; the first is ${first}`),
      ...compareAccounts(ledger),
    ],
  }
}

/**
 * Counts the impressions and samples of a chain, day by day in any order. It notes each one that is not
 * where the rules put it. A sample is identified by the id and the time of its impression. Pure. Memory:
 * the ids of one day, and one sentence for each kind of fault of a file.
 */
export function openLedger(scene: string, chain: readonly Link[]): Ledger {
  const none = (): Counted => ({
    ...{ impressions: 0, samples: 0, positives: 0, sampledOut: 0 },
    ...{ trust: 0, excluded: {} },
  })
  const ledger: LedgerState = {
    scene,
    chain,
    sentences: findGaps(chain),
    wrong: new Map(),
    total: { impressions: 0, samples: 0, sampledOut: 0, excluded: 0, byVerdict: {}, trust: 0 },
    waiting: { nextDaily: 0, dailyOfItsDay: 0 },
    byVersion: new Map(chain.map(({ row }) => [row.version, none()])),
  }
  return {
    violate: (sentence) => void ledger.sentences.push(sentence),
    noteSample: (found, what) => noteSample(ledger, found, what),
    enterDay: (closed, samples) => enterDay(ledger, closed, samples),
    close: () => accountOf(ledger),
  }
}

/** The account in one line, for a terminal. */
export function describeExactlyOnce(account: ExactlyOnce): string {
  const whole = (n: number): string => n.toLocaleString('en-GB')
  const { waiting, violations } = account
  const { trust = account.samples } = account
  const trusted = trust < account.samples ? `, Σ trust ${trust.toFixed(1)}` : ''
  const counts = `${whole(account.samples)} samples of ${whole(account.impressions)} impressions in ${account.versions} versions${trusted}`
  const { kinds } = account
  const beside = kinds ? `; ${whole(kinds.pairs)} pairs, ${whole(kinds.sequences)} sequences` : ''
  const removed = Object.values(account.byVerdict ?? {}).reduce((a, b) => a + b, 0)
  const verdicts = removed > 0 ? `${whole(removed)} excluded by verdicts, ` : ''
  const others = `${whole(account.sampledOut)} sampled out, ${verdicts}${whole(account.excluded)} excluded, ${whole(waiting.nextDaily + waiting.dailyOfItsDay)} late ones wait for a daily${beside}`
  return violations.length === 0
    ? `exactly once: ${counts}; ${others}`
    : `NOT exactly once: ${counts}; ${others}; ${violations.length} violations`
}
