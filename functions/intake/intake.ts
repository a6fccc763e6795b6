import { type DropManifest, dropManifestSchema } from '../contract/accounts.ts'
import type { Kind } from '../contract/events.ts'
import { dropManifestKey } from '../contract/keys.ts'
import type { Configuration, Scene } from '../contract/scene.ts'
import { canonicalJson } from '../core/digest.ts'
import { ObjectMissing } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { linesOf } from './adapters/formats.ts'
import { type Body, DigestedBody } from './digested-body.ts'
import { takeDocument } from './documents/take-document.ts'
import {
  foreignRefusal,
  goneRefusal,
  isLog,
  type Landed,
  type LogFormat,
  placeOf,
  type Refusal,
} from './drop.ts'
import { createPseudonyms } from './identity.ts'
import { MAX_LINES } from './limits.ts'
import { checkSignature, type Opening, openingOf, type SignaturePorts } from './opening.ts'
import { TooManyRows, TooScattered } from './part-writer.ts'
import { readLines } from './read-lines.ts'
import { createLineReader, makeOnlyRecord } from './records.ts'
import { TakenRecords } from './taken-records.ts'

export interface IntakePorts extends SignaturePorts {
  raw: ObjectStore
  quarantine: ObjectStore
  configuration: Configuration
  identityKey: string
  codeDigest: string
}

type Opened = Awaited<ReturnType<ObjectStore['stream']>>

/** What the sniffer of bytes knows of the object beforehand. */
function factsOf({ name, facts: { mapping } }: LogFormat, { rawKey }: Landed) {
  const declared = linesOf(name, mapping)
  return { name: rawKey, declared, ...(mapping?.encoding && { encoding: mapping.encoding }) }
}

/** Random access to the object's version. */
function fileOf(raw: ObjectStore, { rawKey, versionId }: Landed, { bytes, etag }: Opened['info']) {
  const object = { key: rawKey, versionId, etag }
  return { bytes, slice: (from: number, through: number) => raw.range(object, from, through) }
}

/** Where a drop's records go, and how those that are identifiers of people are hidden. */
interface Target {
  scene: Scene
  kind: Kind
  landed: Landed
  pseudonymize: ReturnType<typeof createPseudonyms>
  taken: TakenRecords
}

/** Takes the records of a log in. Null, or why it is refused: its bytes are no log. */
async function takeLog(
  { raw }: IntakePorts,
  { scene, kind, landed, pseudonymize, taken }: Target,
  format: LogFormat,
  { body, info }: { body: Body; info: Opened['info'] },
): Promise<Refusal | null> {
  const reader = format.adapter.open(kind, scene, format.facts)
  const readLine = createLineReader(scene, kind, landed.drop, pseudonymize, reader)
  const arrivalOf = () => landed.arrivalMs
  const object = { body, file: fileOf(raw, landed, info) }
  for await (const portion of readLines(object, factsOf(format, landed), reader)) {
    if ('foreign' in portion) return foreignRefusal(portion, landed)
    if ('break' in portion) {
      // The line at the break counts as one record.
      await taken.add(portion.break, portion.cut)
      continue
    }
    for (const line of portion.lines) {
      if (line.line > MAX_LINES) throw new TooManyRows(`it has more than ${MAX_LINES} lines`)
      const made = readLine(line, arrivalOf)
      if (made !== null) await taken.add(made, line)
    }
  }
  return null
}

async function readDrop(
  ports: IntakePorts,
  landed: Landed,
  scene: Scene,
  kind: Kind,
  { format, signature }: Opening,
  { body: source, info }: Opened,
  maxParts: number | undefined,
): Promise<Partial<DropManifest>> {
  const name = scene.scene
  const body = signature ? new DigestedBody(source) : source
  const pseudonymize = createPseudonyms(ports.identityKey, name)
  const drop = { scene: name, kind, landed, bytes: info.bytes }
  const taken = new TakenRecords(ports, drop, maxParts)
  const makeOf = (record: Record<string, unknown>) =>
    makeOnlyRecord(scene, kind, landed, pseudonymize, record)
  const unread = isLog(format)
    ? await takeLog(ports, { scene, kind, landed, pseudonymize, taken }, format, { body, info })
    : await takeDocument(body, landed, format.name, makeOf, taken)
  if (unread) return { refused: unread }
  // The last rows of a drop are not written before: of most drops that is all.
  const refused = await checkSignature(ports, landed, { scene: name, kind }, { signature, body })
  return refused ? { refused } : taken.end()
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
