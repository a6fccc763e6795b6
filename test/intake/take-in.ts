import type { z } from 'zod'
import type { DropManifest } from '../../functions/contract/accounts.ts'
import { anticheatSchema } from '../../functions/contract/anticheat.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import type { Logs } from '../../functions/contract/logs.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import type { ProducerKeys } from '../../functions/contract/signature.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { DAY0_MS } from '../make/events.ts'
import { type MemoryObjects, memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'

export const ARRIVAL_MS = DAY0_MS + DAY_MS
export const scene = makeScene()
export const good = (fields: object = {}): string =>
  JSON.stringify({
    type: 'impression',
    eventId: 'e1',
    timeMs: DAY0_MS + 1000,
    userId: 'person-1',
    itemId: 'i1',
    requestId: 'req-1',
    position: 1,
    ...fields,
  })

export interface TakenIn {
  manifest: DropManifest
  raw: MemoryObjects
  lake: MemoryObjects
  quarantine: MemoryObjects
  /** Lines of quarantine, parsed. */
  setAside: {
    reason: string
    detail: string
    line: number | null
    byteOffset: number
    length: number
    record: string
    encoding: string
  }[]
  rows: EventRow[]
}

export interface DropOptions {
  key?: string
  metadata?: Record<string, string>
  lake?: MemoryObjects
  quarantine?: MemoryObjects
  drop?: string
  maxParts?: number
  /** Of the scene feed: how its logs are read, and what it asks of drops. */
  logs?: Logs
  anticheat?: z.input<typeof anticheatSchema>
  producerKeys?: ProducerKeys
  arrivalMs?: number
}

/** Takes one object in, in memory, and reads back everything that it left. */
export async function takeIn(
  body: Uint8Array | string,
  options: DropOptions = {},
): Promise<TakenIn> {
  const {
    key = rawKey('feed', 'events', 'drop.jsonl'),
    metadata = {},
    lake = memoryObjects('lake'),
    quarantine = memoryObjects('quarantine'),
  } = options
  const raw = memoryObjects('raw')
  raw.drop(key, body, metadata)
  const { account: manifest } = await intakeDrop(
    {
      raw,
      lake,
      quarantine,
      configuration: {
        scenes: {
          feed: {
            ...scene,
            logs: options.logs,
            ...(options.anticheat && { anticheat: anticheatSchema.parse(options.anticheat) }),
          },
          movielens: { ...scene, scene: 'movielens', objective: 'click' },
        },
      },
      identityKey: 'secret',
      producerKeys: async () => options.producerKeys ?? {},
      codeDigest: 'code',
    },
    {
      rawKey: key,
      versionId: null,
      arrivalMs: options.arrivalMs ?? ARRIVAL_MS,
      drop: options.drop ?? 'd'.repeat(32),
    },
    options.maxParts,
  )
  const setAside = manifest.quarantineFiles.flatMap((file) =>
    Buffer.from(quarantine.contents.get(file)!.body)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  const rows: EventRow[] = []
  for (const { key: file } of manifest.files)
    rows.push(...(await readParquet<EventRow>(lake.contents.get(file)!.body)))
  return { manifest, raw, lake, quarantine, setAside, rows }
}

export const contentsOf = (store: MemoryObjects): Record<string, string> =>
  Object.fromEntries(
    [...store.contents]
      .sort()
      .map(([key, { body }]) => [key, Buffer.from(body).toString('base64')]),
  )
