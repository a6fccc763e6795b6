import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Kind } from '../../../functions/contract/events.ts'
import { DAY_MS, dateOf, HOUR_MS, hourOf, MINUTE_MS } from '../../../functions/contract/time.ts'
import { manualOf } from './assistant/manual.ts'
import { plantAttacks } from './attacks/plant.ts'
import { createBehaviour } from './behaviour.ts'
import { catalogueOf, firstItems, itemLine, newItems } from './catalogue.ts'
import { type Cheat, cheatInHour, plantCheats } from './cheats.ts'
import { type LogLine, soil } from './dirt.ts'
import { drawsFor } from './draws.ts'
import type { WorldOptions } from './options.ts'
import { createPeople, personLine } from './people.ts'
import { type Judgement, judgementsOf, type Search, searchesFrom } from './search/searches.ts'

/** One object on its way into the raw bucket. */
export interface Drop {
  arrivalMs: number
  kind: Kind
  /** What follows `raw/<scene>/<kind>/`. */
  name: string
  body: Uint8Array
  metadata: Readonly<Record<string, string>>
  records: number
}

/** What is true of one planted event: of a cheat, of an attack, or of an honest look-alike. */
export interface Truth {
  eventId: string
  kind: string
  userId: string
  timeMs: number
  isCheat: boolean
}

export interface World {
  cheats: readonly Cheat[]
  /** Each planted event, hour by hour. All other events are those of an honest crowd. */
  truth(): Iterable<Truth>
  /** Searches of the honest crowd from a time on, in order, with the known relevance of all results. */
  searches(fromMs: number): Search[]
  /** Each query with its relevant items. */
  judgements(): Iterable<Judgement>
  /** In order of arrival. May be walked once or many times: the same bytes each time. */
  drops(): Iterable<Drop>
}

const encoder = new TextEncoder()
const encode = (lines: readonly string[]): Uint8Array =>
  encoder.encode(lines.map((line) => `${line}\n`).join(''))

/** Producers differ: plain, gzip and zstd take turns. */
function compress(n: number, body: Uint8Array): { suffix: string; body: Uint8Array } {
  if (n % 3 === 0) return { suffix: '.gz', body: gzipSync(body) }
  if (n % 3 === 1) return { suffix: '.zst', body: zstdCompressSync(body) }
  return { suffix: '', body }
}

function catalogueDrop(
  kind: 'items' | 'users' | 'documents',
  timeMs: number,
  lines: string[],
): Drop {
  return {
    arrivalMs: timeMs,
    kind,
    name: `${dateOf(timeMs)}.jsonl`,
    body: encode(lines),
    metadata: {},
    records: lines.length,
  }
}

/** The documents of a day as files, and one statement of those that are taken out. */
function documentDrops(options: WorldOptions, day: number, timeMs: number): Drop[] {
  const dropped = manualOf(options).droppedOn(day)
  const files = dropped.flatMap(({ path, body }): Drop[] => {
    if (body === null) return []
    const about = { arrivalMs: timeMs, kind: 'documents' as const, name: path }
    return [{ ...about, body: encoder.encode(body), metadata: {}, records: 1 }]
  })
  const gone = dropped
    .filter(({ body }) => body === null)
    .map(({ path }) => JSON.stringify({ id: path, timeMs, text: '', attributes: { gone: true } }))
  return gone.length > 0 ? [...files, catalogueDrop('documents', timeMs + MINUTE_MS, gone)] : files
}

/** What a day adds to the catalogue, as drops: items, or the documents that they are chunks of. */
function stockDrops(options: WorldOptions, day: number, timeMs: number): Drop[] {
  if (options.surface === 'assistant') return documentDrops(options, day, timeMs)
  const added = day === 0 ? firstItems(options) : newItems(options, day)
  return added.length > 0 ? [catalogueDrop('items', timeMs, added.map(itemLine))] : []
}

/** An hour's log is shipped within two minutes of its end, a minute's log within two seconds. */
export const SHIPPING_SHARE = 1 / 30

/** Lines by the start of the period whose drop they wait for. */
type Waiting = Map<number, LogLine[]>
function enqueue(waiting: Waiting, periodMs: number, lines: readonly LogLine[]): void {
  for (const line of lines) {
    const atMs = Math.floor(line.loggedMs / periodMs) * periodMs
    const queue = waiting.get(atMs)
    if (queue) queue.push(line)
    else waiting.set(atMs, [line])
  }
}

/**
 * The events of some minutes as one drop; at times late, at times twice under two names. The drop
 * that an attacker sends has a name of its own.
 */
function eventDrops(
  options: WorldOptions,
  fromMs: number,
  lines: readonly LogLine[],
  sender = '',
): Drop[] {
  const draws = drawsFor(options.seed, `shipping${sender}`, fromMs)
  const periodMs = options.dropMinutes * MINUTE_MS
  const n = (fromMs - options.startMs) / periodMs
  const sorted = [...lines].sort((a, b) => a.loggedMs - b.loggedMs)
  const { suffix, body } = compress(n, encode(sorted.map(({ line }) => line)))
  const isLate = draws.uniform() < 0.015 * options.dirt
  const arrivalMs = fromMs + periodMs * (1 + SHIPPING_SHARE) + (isLate ? 3 * HOUR_MS : 0)
  const minute = periodMs === HOUR_MS ? '' : `-${new Date(fromMs).toISOString().slice(14, 16)}`
  const drop = (name: string, atMs: number): Drop => ({
    arrivalMs: atMs,
    kind: 'events',
    name: `${dateOf(fromMs)}/${hourOf(fromMs)}${minute}${sender}${name}.jsonl${suffix}`,
    body,
    metadata: {},
    records: sorted.length,
  })
  const drops = [drop('', arrivalMs)]
  if (draws.uniform() < 0.02 * options.dirt) drops.push(drop('-again', arrivalMs + 40 * MINUTE_MS))
  return drops
}

/** Walks the planted events of all hours. */
function* truthOf(
  options: WorldOptions,
  cheats: readonly Cheat[],
  attacks: ReturnType<typeof plantAttacks>,
): Generator<Truth> {
  const itemsAt = catalogueOf(options)
  const kindOf = new Map(cheats.map(({ userId, kind }) => [userId, kind]))
  const endMs = options.startMs + options.days * DAY_MS
  for (let hourMs = options.startMs; hourMs < endMs; hourMs += HOUR_MS) {
    for (const { eventId, userId, timeMs } of cheatInHour(options, cheats, hourMs, itemsAt(hourMs)))
      yield { eventId: eventId!, kind: kindOf.get(userId)!, userId, timeMs, isCheat: true }
    for (const { event, kind, isCheat } of attacks.get(hourMs) ?? []) {
      const { eventId, userId, timeMs } = event
      yield { eventId: eventId!, kind, userId, timeMs, isCheat }
    }
  }
}

/**
 * The seeded world: a product whose users' tastes move, with everything that real logs have wrong.
 * `releaseOf` answers what ranks a person's slates now, and impressions say so; it does not change
 * what people do. Holds the lines of hours still to come, the catalogue and the
 * events of attacks; nothing else grows with its length.
 */
export function createWorld(
  options: WorldOptions,
  releaseOf: (userId: string) => string | null = () => null,
): World {
  const people = createPeople(options)
  const skewOf = new Map(people.map(({ id, clockSkewMs }) => [id, clockSkewMs]))
  const opening = firstItems(options)
  const cheats = plantCheats(options, opening)
  const behaviour = createBehaviour(options, people)
  const attacks = plantAttacks(options, people, behaviour)
  const endMs = options.startMs + options.days * DAY_MS
  const periodMs = options.dropMinutes * MINUTE_MS

  function* drops(): Generator<Drop> {
    const itemsAt = catalogueOf(options)
    const [waiting, attackers]: [Waiting, Waiting] = [new Map(), new Map()]
    let shipping: Drop[] = [
      ...stockDrops(options, 0, options.startMs - HOUR_MS),
      catalogueDrop(
        'users',
        options.startMs - HOUR_MS + MINUTE_MS,
        people.map((person) => personLine(person, options.startMs)),
      ),
    ]
    for (let hourMs = options.startMs; hourMs < endMs; hourMs += HOUR_MS) {
      const day = (hourMs - options.startMs) / DAY_MS
      if (day > 0 && Number.isInteger(day))
        shipping.push(...stockDrops(options, day, hourMs + MINUTE_MS))
      const items = itemsAt(hourMs)
      const draws = drawsFor(options.seed, 'dirt', hourMs)
      const planted = (attacks.get(hourMs) ?? []).map((one) => ({
        ...{ hasOwnDrop: one.hasOwnDrop, event: behaviour.logged(one.event) },
      }))
      const ownDrop = new Set(planted.filter((one) => one.hasOwnDrop).map(({ event }) => event))
      const events = [
        ...behaviour.inHour(hourMs, items),
        ...cheatInHour(options, cheats, hourMs, items).map(behaviour.logged),
        ...planted.map(({ event }) => event),
      ]
      for (const event of events) {
        const release = event.type === 'impression' ? releaseOf(event.userId) : null
        const logged = release === null ? event : { ...event, release }
        const lines = soil(options, draws, logged, skewOf.get(event.userId) ?? 0)
        enqueue(ownDrop.has(event) ? attackers : waiting, periodMs, lines)
      }
      for (let fromMs = hourMs; fromMs < hourMs + HOUR_MS; fromMs += periodMs) {
        const lines = waiting.get(fromMs) ?? []
        // An hour without events is a drop without lines; nothing is shipped of a minute without any.
        if (lines.length > 0 || periodMs === HOUR_MS)
          shipping.push(...eventDrops(options, fromMs, lines))
        waiting.delete(fromMs)
        const own = attackers.get(fromMs)
        if (own) shipping.push(...eventDrops(options, fromMs, own, '-attacker'))
        attackers.delete(fromMs)
      }
      // The next hour's first drop arrives after this hour's end; later ones wait their turn.
      shipping.sort((a, b) => a.arrivalMs - b.arrivalMs || (a.name < b.name ? -1 : 1))
      const dueMs = hourMs + HOUR_MS + MINUTE_MS
      yield* shipping.filter(({ arrivalMs }) => arrivalMs < dueMs)
      shipping = shipping.filter(({ arrivalMs }) => arrivalMs >= dueMs)
    }
    yield* shipping
  }

  return {
    cheats,
    truth: () => truthOf(options, cheats, attacks),
    searches: (fromMs) => searchesFrom(options, people, behaviour, fromMs),
    judgements: () => judgementsOf(options),
    drops,
  }
}
