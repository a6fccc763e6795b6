import type { DropManifest, RecordPosition } from '../contract/accounts.ts'
import type { Kind } from '../contract/events.ts'
import {
  cleanEntitiesKey,
  cleanEventsKey,
  cleanServedKey,
  quarantineKey,
} from '../contract/keys.ts'
import { ENTITY_COLUMNS, EVENT_COLUMNS, SERVED_COLUMNS } from '../contract/rows.ts'
import { dateOf, floorHour, hourOf } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { Break } from './breaks.ts'
import type { Landed } from './drop.ts'
import type { Line } from './lines.ts'
import { type Partition, PartWriter } from './part-writer.ts'
import { QuarantineWriter } from './quarantine.ts'
import type { KindRow, Made } from './records.ts'

/** A drop whose records are written: its scene and kind, and the bytes of its object. */
export interface TakenDrop {
  scene: string
  kind: Kind
  landed: Landed
  bytes: number
}

/** Partitions: events by hour, statements by kind. Each drop writes files of its own. */
function partitionsOf(scene: string, { arrivalMs, drop }: Landed): (found: KindRow) => Partition {
  const made = new Map<number | string, Partition>()
  const name = { arrivalMs, drop }
  const make = (found: KindRow, hourMs: number): Partition => {
    if (found.kind === 'events')
      return {
        name: String(hourMs),
        columns: EVENT_COLUMNS,
        keyOf: (part) => cleanEventsKey({ scene, hourMs, part, ...name }),
      }
    const { kind } = found
    if (kind === 'served')
      return {
        name: kind,
        columns: SERVED_COLUMNS,
        keyOf: (part) => cleanServedKey({ scene, part, ...name }),
      }
    return {
      name: kind,
      columns: ENTITY_COLUMNS,
      keyOf: (part) => cleanEntitiesKey({ scene, kind, part, ...name }),
    }
  }
  return (found) => {
    const hourMs = found.kind === 'events' ? floorHour(found.row.timeMs) : 0
    const partitionName = found.kind === 'events' ? hourMs : found.kind
    let partition = made.get(partitionName)
    if (!partition) {
      partition = make(found, hourMs)
      made.set(partitionName, partition)
    }
    return partition
  }
}

const positionOf = ({ bytes: _, ...position }: Line): RecordPosition => position

/** Writes the records of one drop, rows to the lake and flawed ones to quarantine, and counts them. */
export class TakenRecords {
  readonly #kind: Kind
  readonly #writer: PartWriter
  readonly #quarantine: QuarantineWriter
  readonly #partitionOf: (found: KindRow) => Partition
  readonly #byHour: Record<string, number> = {}
  readonly #warnings: Record<string, number> = {}
  #read = 0
  #accepted = 0
  #events = 0

  constructor(
    { lake, quarantine }: { lake: ObjectStore; quarantine: ObjectStore },
    { scene, kind, landed, bytes }: TakenDrop,
    maxParts?: number,
  ) {
    this.#kind = kind
    this.#writer = new PartWriter(lake, maxParts)
    this.#partitionOf = partitionsOf(scene, landed)
    this.#quarantine = new QuarantineWriter(
      quarantine,
      (part) => quarantineKey(scene, landed, part),
      bytes,
    )
  }

  /** One record: its rows, its flaw, or the break that ends it. */
  async add(made: NonNullable<Made> | Break, line: Line): Promise<void> {
    this.#read++
    if (!('rows' in made)) {
      await this.#quarantine.add(made, positionOf(line), line.bytes)
      return
    }
    this.#accepted++
    for (const { reason } of made.warnings)
      this.#warnings[reason] = (this.#warnings[reason] ?? 0) + 1
    for (const found of made.rows) {
      await this.#writer.add(this.#partitionOf(found), found.row, found.bytes)
      if (found.kind === this.#kind) this.#events++
      if (found.kind !== 'events') continue
      const hourMs = floorHour(found.row.timeMs)
      const hour = `${dateOf(hourMs)}T${hourOf(hourMs)}`
      this.#byHour[hour] = (this.#byHour[hour] ?? 0) + 1
    }
  }

  /** Writes what is held back, and returns the account. */
  async end(): Promise<Partial<DropManifest>> {
    const files = await this.#writer.end()
    await this.#quarantine.end()
    const { counts, notKept, keys } = this.#quarantine
    return {
      read: this.#read,
      accepted: this.#accepted,
      quarantined: counts,
      ...(Object.keys(notKept).length > 0 ? { notKept } : {}),
      ...(Object.keys(this.#warnings).length > 0 ? { warnings: this.#warnings } : {}),
      events: this.#events,
      byHour: this.#byHour,
      files,
      quarantineFiles: keys,
    }
  }
}
