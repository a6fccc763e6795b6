import { z } from 'zod'
import { DOCUMENT_FORMATS, type DocumentFormat, isDocumentFormat } from '../contract/documents.ts'
import { DROP_METADATA } from '../contract/drop-metadata.ts'
import { KINDS, type Kind, type RefusalReason } from '../contract/events.ts'
import {
  type DropName,
  isKind,
  type NameHints,
  parseDropManifestKey,
  parseHintedName,
  parseRawKey,
  UNKNOWN_SCENE,
} from '../contract/keys.ts'
import type { Configuration, Scene } from '../contract/scene.ts'
import { sha256Hex } from '../core/digest.ts'
import { describeFirstError, InvalidInput } from '../core/errors.ts'
import type { ObjectInfo } from '../core/objects.ts'
import type { Adapter, DropFacts } from './adapters/adapter.ts'
import {
  ADAPTERS,
  DEFAULT_FORMAT,
  type Format as FormatName,
  isFormat,
} from './adapters/formats.ts'
import { documentFormatNamed } from './documents/document-format.ts'
import { MAX_UNPACKED_BYTES } from './limits.ts'
import type { Foreign } from './sniff/head.ts'
import { sentenceOf } from './sniff/sentence.ts'

/** EventBridge's "Object Created" event of S3: the fields that are read. */
export const objectCreatedSchema = z.object({
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().default(0),
      etag: z.string().default(''),
      'version-id': z.string().optional(),
    }),
  }),
})
export type ObjectCreated = z.infer<typeof objectCreatedSchema>

/** Throws InvalidInput for any other message. */
export function readMessage(body: string): ObjectCreated {
  try {
    return objectCreatedSchema.parse(JSON.parse(body))
  } catch (cause) {
    const why = `${describeFirstError(cause)}; nothing was read`
    throw new InvalidInput(`got a message that is not an "Object Created" event of S3: ${why}`, {
      cause,
    })
  }
}

/**
 * The manifest that a message announces. `meanwhile` says what became of the drop. Throws InvalidInput for the key of
 * any other object, and for any other message.
 */
export function readManifestMessage(body: string, meanwhile: string) {
  const { key } = readMessage(body).detail.object
  const name = parseDropManifestKey(key)
  if (!name) throw new InvalidInput(`${key}: expected the key of a drop's manifest; ${meanwhile}`)
  return { key, ...name }
}

/** One object that arrived. Its time and identity come from its event. */
export interface Landed extends DropName {
  rawKey: string
  /** The version of the key. Null if the event names none, as for a bucket without versions. */
  versionId: string | null
}

/** An empty object that the S3 console or Hadoop writes to mark a folder. It is not a drop. */
const isFolderMarker = (key: string, bytes: number): boolean =>
  bytes === 0 && /(\/|_\$folder\$)$/.test(key)

/**
 * A drop's identity is its key and version. The same event again is the same drop, and a new object
 * at the same key is another drop. Null for a folder marker, which has no account.
 */
export function landedOf({ time, detail }: ObjectCreated): Landed | null {
  const { key, size, etag, 'version-id': version } = detail.object
  if (isFolderMarker(key, size)) return null
  return {
    rawKey: key,
    versionId: version ?? null,
    arrivalMs: Date.parse(time),
    drop: sha256Hex(`${key}\n${version ?? etag}`).slice(0, 32),
  }
}

export interface Refusal {
  reason: RefusalReason
  detail: string
}

/**
 * The scene and kind of a drop, from its key alone. `sceneName` is where its account is written,
 * even if the scene is unknown.
 */
export interface Place {
  sceneName: string
  scene: Scene | null
  kind: Kind | null
  /** Hints from the object's name. */
  hints: NameHints
  refusal: Refusal | null
}

export function placeOf(rawKey: string, { scenes }: Configuration): Place {
  const parsed = parseRawKey(rawKey)
  const refuse = (reason: RefusalReason, detail: string, sceneName = UNKNOWN_SCENE): Place => ({
    sceneName,
    scene: null,
    kind: null,
    hints: {},
    refusal: { reason, detail: `${detail}; nothing was read, and the raw object stays` },
  })
  if (!parsed) return refuse('bad_key', 'got a key that is not raw/<scene>/<kind>/<name>')
  const scene = Object.hasOwn(scenes, parsed.scene) ? scenes[parsed.scene]! : null
  if (!scene)
    return refuse(
      'unknown_scene',
      `got the scene ${JSON.stringify(parsed.scene.slice(0, 40))}, expected one of ${Object.keys(scenes).join(', ')}`,
    )
  if (!isKind(parsed.kind))
    return refuse(
      'unknown_kind',
      `got the kind ${JSON.stringify(parsed.kind.slice(0, 40))}, expected ${KINDS.slice(0, -1).join(', ')} or ${KINDS.at(-1)}`,
      scene.scene,
    )
  const { hints } = parseHintedName(parsed.name)
  return { sceneName: scene.scene, scene, kind: parsed.kind, hints, refusal: null }
}

/** Refuses an object that was deleted before it was read. Retries cannot bring it back. */
export const goneRefusal = ({ versionId }: Landed): Refusal => ({
  reason: 'gone',
  detail: `got no object${versionId === null ? '' : ` of version ${versionId}`}, expected the one that landed: it was deleted before it was read; nothing was read, drop it again`,
})

/**
 * Refuses an object that does not hold records. Its account says what it is and how to convert it.
 */
export function foreignRefusal(found: Foreign, { rawKey }: Landed): Refusal {
  const { reason, says } = sentenceOf(found, rawKey.slice(rawKey.lastIndexOf('/') + 1), 'drop that')
  return { reason, detail: `${says}; nothing was read, and the raw object stays` }
}

/** A log: records of one of the formats of adapters. */
export interface LogFormat {
  name: FormatName
  adapter: Adapter
  facts: DropFacts
}
/** A log, or one document in a file. */
export type Format = LogFormat | { name: DocumentFormat }
export const isLog = (format: Format): format is LogFormat => 'adapter' in format

/** The mapping that a drop of the format csv names, or the scene's only mapping. */
function mappingOf(name: string | undefined, scene: Scene): DropFacts['mapping'] | Refusal {
  const mappings = scene.logs?.mappings ?? {}
  const known = Object.keys(mappings)
  const chosen = name ?? (known.length === 1 ? known[0] : undefined)
  if (chosen !== undefined && Object.hasOwn(mappings, chosen)) return mappings[chosen]!
  const got = chosen === undefined ? 'nothing' : JSON.stringify(chosen.slice(0, 40))
  const expected =
    known.length > 0
      ? `one of ${known.join(', ')}`
      : `a mapping under logs.mappings of the scene ${scene.scene}, which has none`
  return {
    reason: 'unknown_mapping',
    detail: `metadata ${DROP_METADATA.mapping}: got ${got}, expected ${expected}; nothing was read, and the raw object stays`,
  }
}

const namesOf = (kind: Kind | null): string[] => [
  ...Object.keys(ADAPTERS),
  ...(kind === 'documents' ? DOCUMENT_FORMATS : []),
]

/** How to read an object, by its metadata or else by its name, or why the whole drop is refused. */
export function formatOf(
  { key, metadata, bytes }: ObjectInfo,
  { hints, scene, kind }: Pick<Place, 'hints' | 'scene' | 'kind'>,
): Format | Refusal {
  const declared = metadata[DROP_METADATA.format] ?? hints.format
  const named = kind === 'documents' ? documentFormatNamed(key) : null
  const name = declared ?? named ?? DEFAULT_FORMAT
  if (kind === 'documents' && isDocumentFormat(name)) return { name }
  if (!isFormat(name))
    return {
      reason: 'unknown_format',
      detail: `metadata ${DROP_METADATA.format}: got ${JSON.stringify(name.slice(0, 40))}, expected one of ${namesOf(kind).join(', ')}; nothing was read, and the raw object stays`,
    }
  if (kind === 'served' && name !== DEFAULT_FORMAT)
    return {
      reason: 'wrong_format',
      detail: `metadata ${DROP_METADATA.format}: got ${name}, expected ${DEFAULT_FORMAT}, as the reader writes served cells; nothing was read, and the raw object stays`,
    }
  if (bytes > MAX_UNPACKED_BYTES)
    return {
      reason: 'too_large',
      detail: `got ${bytes} bytes, expected at most ${MAX_UNPACKED_BYTES}: split it by lines into ${Math.ceil(bytes / MAX_UNPACKED_BYTES) * 2} objects and drop those; nothing was read, and the raw object stays`,
    }
  const asked = metadata[DROP_METADATA.mapping] ?? hints.mapping
  const mapping = name === 'csv' ? mappingOf(asked, scene!) : null
  if (mapping !== null && 'reason' in mapping) return mapping
  const source = metadata[DROP_METADATA.source] ?? hints.source ?? null
  const firstRow = Number(metadata[DROP_METADATA.firstRow] ?? 0)
  return {
    name,
    adapter: ADAPTERS[name],
    facts: { source, mapping, firstRow: Number.isSafeInteger(firstRow) ? firstRow : 0 },
  }
}
