import { type DropManifest, dropManifestSchema } from '../contract/accounts.ts'
import type { Kind } from '../contract/events.ts'
import {
  cleanEntitiesKey,
  cleanEventsKey,
  dropManifestKey,
  quarantineKey,
} from '../contract/keys.ts'
import { ENTITY_COLUMNS, type EntityRow, EVENT_COLUMNS, type EventRow } from '../contract/rows.ts'
import type { Configuration, Scene } from '../contract/scene.ts'
import { dateOf, floorHour, hourOf } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import type { RecordReader } from './adapters/adapter.ts'
import { checkEvent, checkStatement } from './check.ts'
import { type Format, formatOf, type Landed, placeOf } from './drop.ts'
import { createPseudonyms, type Pseudonymize } from './identity.ts'
import { decodeText, type Flaw, isFlaw } from './json-record.ts'
import { MAX_LINE_BYTES } from './limits.ts'
import { type Line, LineCutter } from './lines.ts'
import { normalizeEvent, normalizeStatement } from './normalize.ts'
import { PartWriter } from './part-writer.ts'
import { QuarantineWriter } from './quarantine.ts'
import { unpack } from './unpack.ts'

export interface IntakePorts {
  raw: ObjectStore
  lake: ObjectStore
  quarantine: ObjectStore
  configuration: Configuration
  identityKey: string
  codeDigest: string
}

type Row = { partition: number; row: EventRow | EntityRow }

/** Turns one line into rows, or says what is wrong with it; null for a line that is no record. */
function createLineReader(
  scene: Scene,
  kind: Kind,
  landed: Landed,
  pseudonymize: Pseudonymize,
  reader: RecordReader,
) {
  const { drop, arrivalMs } = landed
  let rows = 0
  return ({ bytes, length }: Line): Row[] | Flaw | null => {
    if (length > MAX_LINE_BYTES)
      return {
        reason: 'line_too_long',
        detail: `got ${length} bytes, expected at most ${MAX_LINE_BYTES}`,
      }
    const text = decodeText(bytes)
    if (typeof text !== 'string') return text
    if (text.trim() === '') return null
    const records = reader.read(text)
    if (records === null || isFlaw(records)) return records
    const made: Row[] = []
    for (const record of records) {
      const origin = { drop, arrivalMs, row: rows + made.length }
      if (kind === 'events') {
        const event = checkEvent(record, scene, arrivalMs)
        if ('reason' in event) return event
        const row = normalizeEvent(event, pseudonymize, origin)
        made.push({ partition: floorHour(row.timeMs), row })
      } else {
        const statement = checkStatement(record, kind, scene, arrivalMs)
        if ('reason' in statement) return statement
        made.push({ partition: 0, row: normalizeStatement(statement, kind, pseudonymize, origin) })
      }
    }
    rows += made.length
    return made
  }
}

async function readDrop(
  ports: IntakePorts,
  landed: Landed,
  scene: Scene,
  kind: Kind,
  format: Format,
  body: Parameters<typeof unpack>[0],
) {
  const name = scene.scene
  const pseudonymize = createPseudonyms(ports.identityKey, name)
  const readLine = createLineReader(
    scene,
    kind,
    landed,
    pseudonymize,
    format.adapter.open(kind, scene, format.source),
  )
  const isEvents = kind === 'events'
  const writer = new PartWriter<EventRow | EntityRow>(
    ports.lake,
    isEvents ? EVENT_COLUMNS : ENTITY_COLUMNS,
    (partition, part) =>
      kind === 'events'
        ? cleanEventsKey({ scene: name, hourMs: partition, part, ...dropName(landed) })
        : cleanEntitiesKey({ scene: name, kind, part, ...dropName(landed) }),
  )
  const quarantine = new QuarantineWriter(ports.quarantine, (part) =>
    quarantineKey(name, landed, part),
  )
  const byHour: Record<string, number> = {}
  let read = 0
  let accepted = 0
  let events = 0
  let unpackedBytes = 0
  const take = async (lines: Iterable<Line>): Promise<void> => {
    for (const line of lines) {
      const made = readLine(line)
      if (made === null) continue
      read++
      if (isFlaw(made)) {
        const { line: number, byteOffset, length } = line
        await quarantine.add(made, { line: number, byteOffset, length }, line.bytes)
        continue
      }
      accepted++
      events += made.length
      for (const { partition, row } of made) {
        await writer.add(partition, row)
        if (!isEvents) continue
        const hour = `${dateOf(partition)}T${hourOf(partition)}`
        byHour[hour] = (byHour[hour] ?? 0) + 1
      }
    }
  }

  const cutter = new LineCutter()
  for await (const piece of unpack(body, landed.rawKey)) {
    if ('chunk' in piece) {
      unpackedBytes += piece.chunk.length
      await take(cutter.cut(piece.chunk))
    } else {
      // What the break cut off is one record, at the byte where it happened.
      read++
      await quarantine.add(
        piece.break,
        { line: null, byteOffset: unpackedBytes, length: 0 },
        new Uint8Array(),
      )
    }
  }
  await take(cutter.end())
  const files = await writer.end()
  await quarantine.end()
  return {
    read,
    accepted,
    quarantined: quarantine.counts,
    events,
    byHour,
    files,
    quarantineFiles: quarantine.keys,
  }
}

const dropName = ({ arrivalMs, drop }: Landed) => ({ arrivalMs, drop })

/**
 * Takes one drop in: clean rows by event hour, what is wrong into quarantine with reason and
 * position, and last the manifest with the account. The same drop again writes the same bytes to
 * the same keys, or finds its manifest and does nothing. A drop that cannot be read at all is
 * refused in a manifest of its own. Throws only for faults of the stores. Memory: 256 MiB in all.
 */
export async function intakeDrop(ports: IntakePorts, landed: Landed): Promise<DropManifest> {
  const place = placeOf(landed.rawKey, ports.configuration)
  const manifestKey = dropManifestKey(place.sceneName, landed)
  const standing = await findJson(ports.lake, manifestKey, dropManifestSchema)
  if (standing) return standing

  const nothing = {
    read: 0,
    accepted: 0,
    quarantined: {},
    events: 0,
    byHour: {},
    files: [],
    quarantineFiles: [],
  }
  const manifest: DropManifest = {
    scene: place.sceneName,
    kind: place.kind,
    rawKey: landed.rawKey,
    ...dropName(landed),
    format: 'unknown',
    bytes: 0,
    ...nothing,
    refused: place.refusal,
    codeDigest: ports.codeDigest,
  }
  if (place.scene && place.kind) {
    const { body, info } = await ports.raw.stream(landed.rawKey)
    const format = formatOf(info)
    manifest.bytes = info.bytes
    if ('reason' in format) {
      manifest.refused = format
      body.destroy()
    } else {
      manifest.format = format.name
      Object.assign(manifest, await readDrop(ports, landed, place.scene, place.kind, format, body))
    }
  }
  await ports.lake.putIfAbsent(manifestKey, canonicalJson(manifest), 'application/json')
  return manifest
}
