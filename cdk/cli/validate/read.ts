import { basename } from 'node:path'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { LineFacts } from '../../../functions/intake/adapters/adapter.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import { isFlaw } from '../../../functions/intake/json-record.ts'
import type { Line } from '../../../functions/intake/lines.ts'
import { createLineReader, type KindRow, type Made } from '../../../functions/intake/records.ts'
import { sentenceOf } from '../../../functions/intake/sniff/sentence.ts'
import {
  arrivalOf,
  type FoundFile,
  findFiles,
  firstTimeOf,
  isSane,
  isWanted,
  type LogsToReplay,
  openReader,
  readFileLines,
  textOf,
} from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { Attributed } from './attributed.ts'
import { EventChecks } from './event-checks.ts'
import { FieldChecks } from './field-checks.ts'
import { LineChecks } from './line-checks.ts'
import type { Profile } from './profile.ts'
import { beginningOf, createRedaction } from './redact.ts'
import { UnknownKinds } from './unknown-kinds.ts'
import { Volumes } from './volume.ts'

const EXAMPLES = 3
/**
 * Identifiers are compared in memory and are neither written nor printed. So they need no keyed hash,
 * which would take half of the time.
 */
const asItIs: Pseudonymize = (_, raw) => raw

/** Reads logs with intake's adapters and checks, and collects a profile. */
class Reading {
  readonly #logs: LogsToReplay
  readonly #nowMs: number
  readonly #volumes = new Volumes()
  readonly #lines: LineChecks
  readonly #events = new EventChecks()
  readonly #attributed: Attributed
  readonly #fields: FieldChecks
  readonly #kinds = new UnknownKinds()
  /** Negatives for each outcome of the objective, if the log has no impressions. */
  readonly #negatives: Scene['sampling']['negatives'] | null
  readonly #redaction
  readonly #profile: Pick<
    Profile,
    'files' | 'refused' | 'read' | 'accepted' | 'quarantined' | 'warnings' | 'statements'
  > = {
    files: [],
    refused: [],
    read: 0,
    accepted: 0,
    quarantined: Object.create(null),
    warnings: Object.create(null),
    statements: { items: 0, users: 0, documents: 0 },
  }
  #firstHourMs = Number.POSITIVE_INFINITY

  constructor(logs: LogsToReplay, nowMs: number) {
    this.#logs = logs
    this.#nowMs = nowMs
    this.#lines = new LineChecks(nowMs + logs.scene.clockSkewMinutes * 60_000)
    const { negatives } = logs.scene.sampling
    this.#negatives = negatives ?? null
    this.#attributed = new Attributed(logs.scene, (timeMs, weight) => {
      this.#volumes.positive(timeMs, weight)
      if (negatives) this.#volumes.impression(timeMs, weight * (1 + negatives.perPositive))
    })
    this.#fields = new FieldChecks(logs.scene.features)
    this.#redaction = createRedaction(Object.keys(logs.scene.outcomes))
  }

  /** Reads an event file and returns its number of rows. A line arrives with its hour, as in npm start. */
  async events(file: FoundFile, firstRow: number): Promise<number> {
    const { timeMs: firstMs } = await firstTimeOf(this.#logs, file, firstRow)
    let nearestMs = firstMs ?? this.#nowMs
    let isBot = false
    this.#lines.beginFile()
    const arrival = (factsOf: () => LineFacts): number => {
      const facts = factsOf()
      if (isSane(facts.timeMs)) nearestMs = facts.timeMs
      this.#firstHourMs = Math.min(this.#firstHourMs, floorHour(nearestMs))
      isBot = isWanted(this.#logs, nearestMs) && this.#lines.facts(facts)
      return arrivalOf(floorHour(nearestMs))
    }
    return this.#read(file, firstRow, arrival, (line, made) => {
      if (!isWanted(this.#logs, nearestMs)) return
      this.#lines.bytes(line.bytes)
      this.#account(file, line, made)
      if (!isFlaw(made)) for (const found of made.rows) this.#row(found, isBot)
      isBot = false
    })
  }

  /** Catalogue files arrive an hour before the first event. */
  async catalogue(file: FoundFile): Promise<void> {
    const known = Number.isFinite(this.#firstHourMs) ? this.#firstHourMs : this.#nowMs
    await this.#read(
      file,
      0,
      () => known - HOUR_MS,
      (line, made) => {
        this.#account(file, line, made)
        if (!isFlaw(made)) for (const found of made.rows) this.#row(found, false)
      },
    )
  }

  end(): Profile {
    const { path, format, scene } = this.#logs
    for (const kind of Object.keys(this.#kinds.counts()))
      this.#redaction.learn(`${kind} ${kind.toUpperCase()}`)
    const objective = this.#attributed.end()
    return {
      path,
      format,
      scene: scene.scene,
      ...this.#profile,
      quarantined: this.#mask(this.#profile.quarantined),
      warnings: this.#mask(this.#profile.warnings),
      ...this.#events.end(),
      time: this.#volumes.time(),
      ...this.#lines.end(),
      objective,
      fields: this.#fields.end(),
      unknownKinds: this.#kinds.counts(),
      negativesPerPositive: this.#negatives?.perPositive ?? null,
      tiers: this.#volumes.tiers(scene),
      beyondLookback: this.#volumes.beyondLookback(scene),
    }
  }

  /** Masks the examples at the end, when all words of the log's format are known. */
  #mask(counts: Profile['quarantined']): Profile['quarantined'] {
    const masked = Object.entries(counts).map(([reason, { count, examples }]) => [
      reason,
      {
        count,
        examples: examples.map((example) => ({
          ...example,
          detail: this.#redaction.detail(example.detail),
          excerpt: this.#redaction.excerpt(example.excerpt),
        })),
      },
    ])
    return Object.fromEntries(masked)
  }

  async #read(
    file: FoundFile,
    firstRow: number,
    arrival: (facts: () => LineFacts) => number,
    take: (line: Line, made: NonNullable<Made>) => void,
  ): Promise<number> {
    const { scene, format, mapping } = this.#logs
    const reader = openReader(this.#logs, file, firstRow)
    const readLine = createLineReader(scene, file.kind, '', asItIs, reader)
    const name = basename(file.path)
    let isHeader = FORMATS[format].hasHeader(mapping)
    let rows = 0
    for await (const portion of readFileLines(file.path, reader, this.#logs)) {
      if ('foreign' in portion) {
        const { reason, says } = sentenceOf(portion, file.path, 'name that')
        this.#profile.refused.push({
          file: name,
          reason,
          detail: `${says}; none of its records were read`,
        })
        continue
      }
      if ('break' in portion) {
        const { line, byteOffset, bytes } = portion.cut
        this.#setAside(name, portion.break, line, byteOffset, bytes)
        this.#profile.read++
        continue
      }
      for (const line of portion.lines) {
        if (isHeader) {
          const heading = textOf(line)
          if (heading !== null) {
            this.#redaction.learn(heading)
            isHeader = false
          }
        } else if (textOf(line) !== null) rows++
        const made = readLine(line, arrival)
        if (made !== null) take(line, made)
      }
    }
    this.#profile.files.push({ name, kind: file.kind, lines: rows })
    return rows
  }

  #account(file: FoundFile, { line, byteOffset, bytes }: Line, made: NonNullable<Made>): void {
    const name = basename(file.path)
    this.#profile.read++
    if (isFlaw(made)) {
      this.#setAside(name, made, line, byteOffset, bytes)
      return
    }
    this.#profile.accepted++
    for (const warning of made.warnings)
      this.#setAside(name, warning, line, byteOffset, bytes, this.#profile.warnings)
  }

  #setAside(
    file: string,
    { reason, detail }: { reason: string; detail: string },
    line: number | null,
    byteOffset: number,
    bytes: Buffer,
    counts = this.#profile.quarantined,
  ): void {
    this.#kinds.see(reason, detail)
    const found = counts[reason] ?? { count: 0, examples: [] }
    counts[reason] = found
    found.count++
    if (found.examples.length === EXAMPLES) return
    const excerpt = beginningOf(bytes)
    found.examples.push({ file, line, byteOffset, detail, excerpt })
  }

  #row(found: KindRow, isBot: boolean): void {
    // No file of a log is of this kind: see `LogFile`.
    if (found.kind === 'served') return
    this.#fields.see(found)
    if (found.kind !== 'events') {
      this.#profile.statements[found.kind]++
      if (found.kind === 'items') this.#events.items.know(found.row.id)
      if (found.kind === 'users') this.#events.users.know(found.row.id)
      return
    }
    const { row } = found
    const isRepeated = this.#events.add(row)
    this.#volumes.see(row.timeMs)
    if (isBot || isRepeated) return
    if (row.type === 'impression' && !this.#negatives) this.#volumes.impression(row.timeMs)
    this.#attributed.add(row)
  }
}

/**
 * Reads logs once without training. Their clocks are compared with `nowMs`. Memory for logs of any
 * size: eight tables of 8 to 20 MiB, half a million waiting outcomes, the hours of eleven years, and
 * one line. Measured: 270 MiB with all tables full, at 2.6 million records. Throws UsageError if there
 * is no log.
 */
export async function profileLogs(logs: LogsToReplay, nowMs: number): Promise<Profile> {
  const files = await findFiles(logs)
  const reading = new Reading(logs, nowMs)
  const hasOrderedTime = logs.mapping?.time.rowsPerHour !== undefined
  let rows = 0
  for (const file of files.filter(({ kind }) => kind === 'events'))
    rows += await reading.events(file, hasOrderedTime ? rows : 0)
  for (const file of files.filter(({ kind }) => kind !== 'events')) await reading.catalogue(file)
  return reading.end()
}
