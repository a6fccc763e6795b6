import { DROP_METADATA } from '../../../functions/contract/drop-metadata.ts'
import { rawKey } from '../../../functions/contract/keys.ts'
import type { Identity, Mapping, Source } from '../../../functions/contract/mapping.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { readParquet } from '../../../functions/core/parquet.ts'
import { intakeDrop } from '../../../functions/intake/intake.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import type { LabelledLog, OtherPart, Reading, Truth } from './truth.ts'

/** What the engine says of a log, as far as it is judged. */
export interface Proposed {
  kind: 'mapping' | 'format' | 'catalogue' | 'none'
  format: string | null
  mapping: Mapping | null
  /** A mapping as it would be written to a file: of a catalogue it is no whole one. */
  written?: Record<string, unknown> | null
  /** The scene that knows the outcomes that the mapping names, where it is another. */
  scene?: Scene | null
  guesses: readonly { part: string; says: string; isSure: boolean }[]
}

/** A name as the truth has it: of a table without a heading, its place. */
function namer({ header }: Mapping, { hasHeader = true }: Truth): (name: string) => string {
  return (name) => {
    const at = !hasHeader && Array.isArray(header) ? header.indexOf(name) : -1
    return at === -1 ? name : `column_${at + 1}`
  }
}

type Namer = (name: string) => string
const nameOf = (source: Source, named: Namer): string =>
  named(typeof source === 'string' ? source : source.column)

function describeIdentity(identity: Identity, named: Namer): string {
  if (Array.isArray(identity)) return identity.map((one) => nameOf(one, named)).join('+')
  if (typeof identity === 'object' && 'firstOf' in identity)
    return identity.firstOf.map((one) => describeIdentity(one, named)).join('|')
  return nameOf(identity, named)
}

function describeItem({ item, slate }: Mapping, named: Namer): string {
  if (item !== undefined) return describeIdentity(item, named)
  return `${named(slate!.column)}[${slate!.id ?? ''}]`
}

const describeTime = ({ time }: Mapping, named: Namer): string =>
  time.column === undefined ? 'order' : [time.column].flat().map(named).join('+')

type Label = Exclude<NonNullable<Mapping['label']>, readonly unknown[]>
function marksAsSaid({ positive, atLeast }: Label, reading: Reading): boolean {
  if ('positive' in reading)
    return positive === undefined
      ? reading.positive === '1' && atLeast! > 0 && atLeast! <= 1
      : positive.includes(reading.positive)
  if (!('atLeast' in reading)) return false
  const least = atLeast ?? Math.min(...positive!.map(Number))
  return least >= reading.atLeast[0] && least <= reading.atLeast[1]
}

/** Whether a mapping reads rows as a reading says. */
function agrees(mapping: Mapping, reading: Reading, named: Namer, leaks: readonly string[]) {
  const { event, label, everyRow, slate } = mapping
  if ('everyRow' in reading)
    return everyRow !== undefined && ['*', everyRow].includes(reading.everyRow)
  if ('slate' in reading)
    return (
      slate !== undefined &&
      named(slate.column) === reading.slate &&
      (reading.by === 'event' ? event : slate[reading.by]) !== undefined
    )
  if ('event' in reading)
    return (
      event !== undefined &&
      nameOf(event.column, named) === reading.event &&
      [...event.impressions].sort().join() === [...reading.shown].sort().join() &&
      Object.entries(reading.outcomes).every(([value, name]) => event.outcomes[value] === name)
    )
  const labels = [label ?? []].flat()
  const known = labels.filter(({ column }) => reading.labels.includes(named(column)))
  return (
    known.length === reading.labels.length &&
    known.every((one) => marksAsSaid(one, reading)) &&
    labels.every((one) => known.includes(one) || leaks.includes(named(one.column)))
  )
}

/** Takes a log in by a mapping, as the product would, at the time that it is looked at. */
async function takeInBy(
  { file, body }: LabelledLog,
  mapping: Mapping,
  scene: Scene,
  nowMs: number,
) {
  const key = rawKey('feed', 'events', encodeURIComponent(file))
  const [raw, lake] = [memoryObjects('raw'), memoryObjects('lake')]
  raw.drop(key, body, { [DROP_METADATA.format]: 'csv' })
  const logs = { mappings: { proposed: mapping } }
  const { account } = await intakeDrop(
    {
      raw,
      lake,
      quarantine: memoryObjects('quarantine'),
      configuration: { scenes: { feed: { ...scene, maxEventAgeDays: 20_000, logs } } },
      identityKey: 'secret',
      producerKeys: async () => ({}),
      codeDigest: 'code',
    },
    { rawKey: key, versionId: null, arrivalMs: nowMs, drop: 'd'.repeat(32) },
  )
  const files = account.files.map(({ key: file }) => lake.contents.get(file)!.body)
  const rows = await Promise.all(files.map((bytes) => readParquet<EventRow>(bytes)))
  // What rows say of items and users has no time.
  const times = rows.flat().flatMap(({ timeMs }) => timeMs ?? [])
  return { account, times }
}

export const PARTS = ['time', 'user', 'item', 'reading'] as const
export type Part = (typeof PARTS)[number] | 'kind'
export interface Verdict {
  /** Part → whether it is right; parts that the log does not have are not there. */
  right: Partial<Record<Part, boolean>>
  /** What the engine calls sure and is wrong. */
  wrongSure: string[]
  /** Columns known only after the impression that the mapping makes context. */
  leaked: string[]
  /** The same, where only a name tells. */
  unnoticed: string[]
  /** Share of the rows that the mapping reads; null where there is nothing to read. */
  accepted: number | null
  /** What is proposed, for the table. */
  said: Partial<Record<Part, string>>
}

const READINGS = new Set(['event', 'label', 'labels', 'everyrow', 'slate', 'rating'])
const SHAPES: Readonly<Record<string, (mapping: Mapping, truth: Truth) => boolean>> = {
  header: ({ header }, { hasHeader = true }) => Array.isArray(header) !== hasHeader,
  encoding: ({ encoding }, truth) => encoding === (truth.encoding ?? 'utf-8'),
}
const OTHERS: readonly OtherPart[] = [
  ...(['request', 'position', 'value', 'eventId', 'propensity', 'release'] as const),
]

function describeOther(mapping: Mapping, part: OtherPart, named: Namer): string | null {
  const said = mapping[part]
  if (said === undefined) return null
  if (part === 'position') return named(mapping.position!.column)
  return part === 'request' ? describeIdentity(mapping.request!, named) : named(String(said))
}

/** Whether a guess that is called sure is right, of a mapping or, where there is none, of its words. */
function isGuessRight(
  { part, says }: Proposed['guesses'][number],
  { mapping }: Proposed,
  truth: Truth,
  right: Verdict['right'],
): boolean {
  const plain = part.replaceAll(' ', '').toLowerCase()
  const role = READINGS.has(plain) ? 'reading' : plain
  if (mapping === null) {
    const names = role === 'user' || role === 'item' || role === 'time' ? truth[role] : null
    return names === null || names.some((name) => says.includes(name))
  }
  if (role in right) return right[role as Part]!
  const other = OTHERS.find((name) => name.toLowerCase() === plain)
  if (other !== undefined) {
    const said = describeOther(mapping, other, namer(mapping, truth))
    return said === null || (truth.others?.[other] ?? []).includes(said)
  }
  return SHAPES[plain]?.(mapping, truth) ?? true
}

function describeReading({ event, label, everyRow, slate }: Mapping): string {
  const { impressions, outcomes } = event ?? {}
  if (event) return JSON.stringify({ event: event.column, impressions, outcomes })
  return JSON.stringify({ label, everyRow, slate })
}

function catalogueIds({ mapping, written }: Proposed): unknown[] {
  const { items, users } = (mapping ?? written ?? {}) as Partial<Mapping>
  return [items?.id, users?.id]
}

/** Holds what the engine says of a log against what is true of it. */
export async function judge(
  log: LabelledLog,
  proposed: Proposed,
  scene: Scene,
  nowMs: number,
): Promise<Verdict> {
  const { truth } = log
  const { kind, format, mapping } = proposed
  const verdict: Verdict = {
    right: {},
    wrongSure: [],
    leaked: [],
    unnoticed: [],
    accepted: null,
    said: {},
  }
  const isOwnFormat = kind === 'format' && (truth.formats ?? []).includes(format ?? '')
  verdict.right.kind = isOwnFormat || kind === truth.kind
  if (kind === 'catalogue' && truth.kind === 'catalogue')
    verdict.right.kind = catalogueIds(proposed).includes(truth.id)
  verdict.said.kind = format ?? kind
  if (truth.kind === 'mapping') {
    if (isOwnFormat) for (const part of PARTS) verdict.right[part] = true
    else if (mapping === null || kind !== 'mapping')
      for (const part of PARTS) verdict.right[part] = false
    else await judgeMapping(log, mapping, proposed.scene ?? scene, nowMs, verdict)
  }
  if (isOwnFormat || truth.kind === 'catalogue') return verdict
  verdict.wrongSure = proposed.guesses
    .filter((guess) => guess.isSure && !isGuessRight(guess, proposed, truth, verdict.right))
    .map(({ part, says }) => `${part}: ${says}`)
  return verdict
}

async function judgeMapping(
  log: LabelledLog,
  mapping: Mapping,
  scene: Scene,
  nowMs: number,
  verdict: Verdict,
): Promise<void> {
  const { truth } = log
  const { right, said } = verdict
  const { leaks = [], hindsight = [] } = truth
  const named = namer(mapping, truth)
  const { account, times } = await takeInBy(log, mapping, scene, nowMs)
  verdict.accepted = account.read === 0 ? 0 : account.accepted / account.read
  const known = new Set(truth.timesMs)
  const time = describeTime(mapping, named)
  said.time = `${time} ${mapping.time.unit ?? mapping.time.pattern ?? ''}`.trim()
  said.user = describeIdentity(mapping.user, named)
  said.item = describeItem(mapping, named)
  said.reading = describeReading(mapping)
  const areTimesTrue = times.length > 0 && times.every((one) => known.has(one))
  right.time = truth.time.includes(time) && (time === 'order' || areTimesTrue)
  right.user = truth.user.includes(said.user)
  right.item = truth.item.includes(said.item)
  right.reading = truth.readings.some((reading) => agrees(mapping, reading, named, leaks))
  const sources = Object.values({ ...mapping.context, ...mapping.itemAttributes })
  const context = sources.map((source) => nameOf(source, named))
  verdict.leaked = context.filter((name) => leaks.includes(name))
  verdict.unnoticed = context.filter((name) => hindsight.includes(name))
}
