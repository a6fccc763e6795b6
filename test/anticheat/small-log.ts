import type { ScreenedRow } from '../../functions/anticheat/events.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'

const START_MS = Date.UTC(2026, 0, 5)
const DAYS = 14
const SLATE = 6

/** A log of slates that grows by one request at a time. */
interface Log {
  rows: ScreenedRow[]
  uniform: () => number
  /** A moment of a day from 0. */
  momentOf(day: number): number
  anyItem(): string
  /** One slate, with a click on each item that is clicked, `delayMs` after it. */
  request(user: string, timeMs: number, slate: readonly string[], visit: Visit): void
}
interface Visit {
  chanceOf(item: string, position: number): number
  delayMs?: () => number
}

/** Popularity falls with the rank of an item. */
const ITEMS = 400
const popularity = (n: number): number => 1 / Math.sqrt(n + 3)

export function createLog(seed: number): Log {
  const uniform = seededUniform(seed)
  const rows: ScreenedRow[] = []
  const cumulative: number[] = []
  for (let n = 0; n < ITEMS; n++) cumulative.push((cumulative[n - 1] ?? 0) + popularity(n))
  let requests = 0
  const push = (row: Partial<ScreenedRow> & Pick<ScreenedRow, 'user' | 'item' | 'timeMs'>) =>
    rows.push({
      ...{ event: `e${seed}-${rows.length}`, type: 'impression', request: null, outcome: null },
      ...{ position: null, drop: 'd', ...row },
    } as ScreenedRow)
  return {
    rows,
    uniform,
    momentOf: (day) => START_MS + day * DAY_MS + Math.floor((7 + 15 * uniform()) * HOUR_MS),
    anyItem() {
      const target = uniform() * cumulative[ITEMS - 1]!
      return `i${cumulative.findIndex((sum) => sum >= target)}`
    },
    request(user, timeMs, slate, { chanceOf, delayMs = () => 2000 + 20_000 * uniform() }) {
      const request = `r${requests++}`
      for (const [place, item] of slate.entries()) {
        push({ user, item, timeMs, request, position: place + 1 })
        if (uniform() < chanceOf(item, place + 1))
          push({
            ...{ user, item, timeMs: timeMs + Math.round(delayMs()), request },
            ...{ type: 'outcome', outcome: 'click' },
          })
      }
    },
  }
}

/** A person's slate: different items, by popularity. */
export function anySlate(log: Log, first: readonly string[] = []): string[] {
  const slate = new Set(first)
  while (slate.size < SLATE) slate.add(log.anyItem())
  return [...slate].sort(() => log.uniform() - 0.5)
}

/** By the item's number and the user's taste for a third of the items. */
const honestChance = (taste: number) => (item: string, position: number) => {
  const n = Number(item.slice(1))
  return Math.min(
    0.9,
    (0.25 / position ** 0.6) * (n % 5 === 0 ? 2 : 1) * (n % 3 === taste ? 2 : 0.6),
  )
}

/** People whose activity varies, each with a taste. */
export function addPeople(log: Log, people: number): void {
  for (let n = 0; n < people; n++) {
    const taste = n % 3
    const requests = 1 + Math.floor(12 * log.uniform() ** 3 * 4)
    for (let r = 0; r < requests; r++) {
      const timeMs = log.momentOf(Math.floor(DAYS * log.uniform()))
      log.request(`u${n}`, timeMs, anySlate(log), { chanceOf: honestChance(taste) })
    }
  }
}

export const honestLog = (seed: number, people = 150): Log => {
  const log = createLog(seed)
  addPeople(log, people)
  return log
}

/** Accounts that show one or two of the favoured items in each slate, and click them. */
export function promoteItems(
  log: Log,
  about: {
    accounts: readonly string[]
    favoured: readonly string[]
    requests: number
    days: readonly [from: number, through: number]
    otherChance?: number
    delayMs?: () => number
  },
): void {
  const [from, through] = about.days
  for (const user of about.accounts)
    for (let r = 0; r < about.requests; r++) {
      const timeMs = log.momentOf(from + Math.floor((through - from) * log.uniform()))
      const item = about.favoured[Math.floor(about.favoured.length * log.uniform())]!
      log.request(user, timeMs, anySlate(log, [item]), {
        chanceOf: (shown, position) =>
          about.favoured.includes(shown)
            ? 0.9
            : (about.otherChance ?? honestChance(0)(shown, position)),
        ...(about.delayMs === undefined ? {} : { delayMs: about.delayMs }),
      })
    }
}

export const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`)
