import { Readable } from 'node:stream'
import type { Attributes } from '../../../functions/contract/events.ts'
import { rawKey } from '../../../functions/contract/keys.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { linesOf } from '../../../functions/intake/adapters/formats.ts'
import { formatOf } from '../../../functions/intake/drop.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import { isFlaw } from '../../../functions/intake/json-record.ts'
import { readLines } from '../../../functions/intake/read-lines.ts'
import { createLineReader } from '../../../functions/intake/records.ts'
import type { Drop } from '../world/world.ts'

/** What an online service was asked to rank. */
export interface LoggedSlate {
  /** The pseudonym. */
  user: string
  timeMs: number
  context: Attributes | undefined
  items: { item: string; position?: number }[]
}

/** The impressions of a drop, as intake reads them. Nothing of a drop that intake would refuse. */
async function impressionsIn(
  { kind, name, body, metadata, arrivalMs }: Drop,
  scene: Scene,
  pseudonymize: Pseudonymize,
): Promise<EventRow[]> {
  const place = { hints: {}, scene, kind }
  const info = { key: name, bytes: body.byteLength, etag: '', versionId: null, modifiedMs: 0 }
  const format = formatOf({ ...info, metadata }, place)
  if (!('adapter' in format)) return []
  const reader = format.adapter.open(kind, scene, format.facts)
  const readLine = createLineReader(scene, kind, '', pseudonymize, reader)
  const object = {
    body: Readable.from([body]),
    file: {
      bytes: body.byteLength,
      slice: async (from: number, through: number) => body.subarray(from, through),
    },
  }
  const declared = linesOf(format.name, format.facts.mapping)
  const rows: EventRow[] = []
  for await (const portion of readLines(
    object,
    { name: rawKey(scene.scene, kind, name), declared },
    reader,
  )) {
    if (!('lines' in portion)) break
    for (const line of portion.lines) {
      const made = readLine(line, () => arrivalMs)
      if (made === null || isFlaw(made)) continue
      for (const found of made.rows)
        if (found.kind === 'events' && found.row.type === 'impression') rows.push(found.row)
    }
  }
  return rows
}

/** The slates of a drop's impressions whose users are wanted, in order of time. */
export async function slatesIn(
  drop: Drop,
  scene: Scene,
  pseudonymize: Pseudonymize,
  isWanted: (user: string) => boolean,
): Promise<LoggedSlate[]> {
  const slates = new Map<string, LoggedSlate>()
  for (const row of await impressionsIn(drop, scene, pseudonymize)) {
    const { user, request, timeMs, item, position, context } = row
    if (!isWanted(user)) continue
    const key = `${user}\n${request}\n${timeMs}`
    const found = slates.get(key) ?? {
      ...{ user, timeMs, items: [] },
      context: context === null ? undefined : (JSON.parse(context) as Attributes),
    }
    slates.set(key, found)
    if (found.items.some((one) => one.item === item && one.position === position)) continue
    found.items.push({ item, ...(position === null ? {} : { position }) })
  }
  return [...slates.values()].sort((a, b) => a.timeMs - b.timeMs || (a.user < b.user ? -1 : 1))
}
