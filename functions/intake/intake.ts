import { type DropManifest, dropManifestSchema, type RecordPosition } from '../contract/accounts.ts'
import type { Kind } from '../contract/events.ts'
import {
  cleanEntitiesKey,
  cleanEventsKey,
  cleanServedKey,
  dropManifestKey,
  quarantineKey,
} from '../contract/keys.ts'
import { ENTITY_COLUMNS, EVENT_COLUMNS, SERVED_COLUMNS } from '../contract/rows.ts'
import type { Configuration, Scene } from '../contract/scene.ts'
import { dateOf, floorHour, hourOf } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { ObjectMissing } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { linesOf } from './adapters/formats.ts'
import { DigestedBody } from './digested-body.ts'
import { foreignRefusal, goneRefusal, type Landed, placeOf, type Refusal } from './drop.ts'
import { createPseudonyms } from './identity.ts'
import { isFlaw } from './json-record.ts'
import { MAX_LINES } from './limits.ts'
import type { Line } from './lines.ts'
import { checkSignature, type Opening, openingOf, type SignaturePorts } from './opening.ts'
import { type Partition, PartWriter, TooManyRows, TooScattered } from './part-writer.ts'
import { QuarantineWriter } from './quarantine.ts'
import { readLines } from './read-lines.ts'
import { createLineReader, type KindRow } from './records.ts'

export interface IntakePorts extends SignaturePorts {
  raw: ObjectStore
  quarantine: ObjectStore
  configuration: Configuration
  identityKey: string
  codeDigest: string
}

/** Partitions: events by hour, statements by kind. Each drop writes files of its own. */
function partitionsOf(scene: string, landed: Landed): (found: KindRow) => Partition {
  const made = new Map<number | string, Partition>()
  const make = (found: KindRow, hourMs: number): Partition => {
    const name = dropName(landed)
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
    const name = found.kind === 'events' ? hourMs : found.kind
    let partition = made.get(name)
    if (!partition) {
      partition = make(found, hourMs)
      made.set(name, partition)
    }
    return partition
  }
}

type Opened = Awaited<ReturnType<ObjectStore['stream']>>

const positionOf = ({ bytes: _, ...position }: Line): RecordPosition => position

async function readDrop(
  ports: IntakePorts,
  landed: Landed,
  scene: Scene,
  kind: Kind,
  { format, signature }: Opening,
  opened: Opened,
  maxParts: number | undefined,
) {
  const name = scene.scene
  const { info } = opened
  const body = signature ? new DigestedBody(opened.body) : opened.body
  const reader = format.adapter.open(kind, scene, format.facts)
  const pseudonymize = createPseudonyms(ports.identityKey, name)
  const readLine = createLineReader(scene, kind, landed.drop, pseudonymize, reader)
  const writer = new PartWriter(ports.lake, maxParts)
  const partitionOf = partitionsOf(name, landed)
  const quarantine = new QuarantineWriter(
    ports.quarantine,
    (part) => quarantineKey(name, landed, part),
    info.bytes,
  )
  const byHour: Record<string, number> = {}
  const warnings: Record<string, number> = {}
  let read = 0
  let accepted = 0
  let events = 0
  const arrivalOf = () => landed.arrivalMs
  const take = async (lines: Iterable<Line>): Promise<void> => {
    for (const line of lines) {
      if (line.line > MAX_LINES) throw new TooManyRows(`it has more than ${MAX_LINES} lines`)
      const made = readLine(line, arrivalOf)
      if (made === null) continue
      read++
      if (isFlaw(made)) {
        await quarantine.add(made, positionOf(line), line.bytes)
        continue
      }
      accepted++
      for (const { reason } of made.warnings) warnings[reason] = (warnings[reason] ?? 0) + 1
      for (const found of made.rows) {
        await writer.add(partitionOf(found), found.row, found.bytes)
        if (found.kind === kind) events++
        if (found.kind !== 'events') continue
        const hourMs = floorHour(found.row.timeMs)
        const hour = `${dateOf(hourMs)}T${hourOf(hourMs)}`
        byHour[hour] = (byHour[hour] ?? 0) + 1
      }
    }
  }

  const declared = linesOf(format.name, format.facts.mapping)
  const encoding = format.facts.mapping?.encoding
  const facts = { name: landed.rawKey, declared, ...(encoding && { encoding }) }
  const object = { key: landed.rawKey, versionId: landed.versionId, etag: info.etag }
  const file = {
    bytes: info.bytes,
    slice: (from: number, through: number) => ports.raw.range(object, from, through),
  }
  for await (const portion of readLines({ body, file }, facts, reader)) {
    if ('foreign' in portion) return { refused: foreignRefusal(portion, landed) }
    if ('lines' in portion) await take(portion.lines)
    else {
      // The line at the break counts as one record.
      read++
      await quarantine.add(portion.break, positionOf(portion.cut), portion.cut.bytes)
    }
  }
  // The last rows of a drop are not written before: of most drops that is all.
  const refused = await checkSignature(ports, landed, { scene: name, kind }, { signature, body })
  if (refused) return { refused }
  const files = await writer.end()
  await quarantine.end()
  return {
    read,
    accepted,
    quarantined: quarantine.counts,
    ...(Object.keys(quarantine.notKept).length > 0 ? { notKept: quarantine.notKept } : {}),
    ...(Object.keys(warnings).length > 0 ? { warnings } : {}),
    events,
    byHour,
    files,
    quarantineFiles: quarantine.keys,
  }
}

const dropName = ({ arrivalMs, drop }: Landed) => ({ arrivalMs, drop })

/**
 * The object of a drop, or null if its producer or the bucket's rules deleted it. A denied read is
 * a fault and is thrown.
 */
async function openLanded(raw: ObjectStore, { rawKey, versionId }: Landed) {
  try {
    return await raw.stream(rawKey, versionId)
  } catch (error) {
    if (error instanceof ObjectMissing) return null
    throw error
  }
}

/**
 * Why a drop is refused while it is read. Null for another fault. No manifest names the files that
 * were written so far.
 */
function refusalOf(error: unknown): Refusal | null {
  const refuse = (reason: Refusal['reason'], remedy: string): Refusal => ({
    reason,
    detail: `${(error as Error).message}: ${remedy}, and drop that; nothing was accepted, and the raw object stays`,
  })
  if (error instanceof TooScattered)
    return refuse('too_scattered', 'sort it by time, or split it by day')
  if (error instanceof TooManyRows) return refuse('too_large', 'split it by lines')
  return null
}

export interface TakenIn {
  account: DropManifest
  /** Whether this call wrote the account. Of all deliveries of a drop, at most one does. */
  isNew: boolean
}

/**
 * Reads one drop. It writes clean rows by event hour, bad records with reason and position to
 * quarantine, and last the manifest with the account. A redelivery writes the same bytes to the
 * same keys, or finds the manifest and does nothing. A drop is refused, in a manifest of its own,
 * if it cannot be read, was deleted before it was read, or has records in more than `maxParts`
 * files. Throws only for faults of the stores. Memory: 256 MiB in all.
 */
export async function intakeDrop(
  ports: IntakePorts,
  landed: Landed,
  maxParts?: number,
): Promise<TakenIn> {
  const place = placeOf(landed.rawKey, ports.configuration)
  const manifestKey = dropManifestKey(place.sceneName, landed)
  const existing = await findJson(ports.lake, manifestKey, dropManifestSchema)
  if (existing) return { account: existing, isNew: false }

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
    const object = await openLanded(ports.raw, landed)
    const opening = object ? openingOf(object.info, place, landed) : goneRefusal(landed)
    manifest.bytes = object?.info.bytes ?? 0
    if (object && 'format' in opening) {
      manifest.format = opening.format.name
      try {
        Object.assign(
          manifest,
          await readDrop(ports, landed, place.scene, place.kind, opening, object, maxParts),
        )
      } catch (error) {
        manifest.refused = refusalOf(error)
        if (manifest.refused === null) throw error
      } finally {
        object.body.destroy()
      }
    } else {
      manifest.refused = opening as Refusal
      object?.body.destroy()
    }
  }
  const body = canonicalJson(manifest)
  const isNew = await ports.lake.putIfAbsent(manifestKey, body, 'application/json')
  // Two deliveries ran at the same time. The account in the lake is the valid one.
  const account = isNew ? manifest : await getJson(ports.lake, manifestKey, dropManifestSchema)
  return { account, isNew }
}
