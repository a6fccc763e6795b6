import { z } from 'zod'
import { indexVerdicts, matchVerdict, type VerdictIndex } from '../anticheat/match.ts'
import type { Match } from '../contract/match.ts'
import {
  onlineVerdictSchema,
  onlineVerdictsPk,
  onlineVerdictsPointerPk,
  onlineVerdictsPointerSchema,
  VERDICTS_SK,
} from '../contract/verdicts.ts'
import type { TableStore } from '../core/tables.ts'

export interface VerdictsOptions {
  online: Pick<TableStore, 'get' | 'getAll'>
  scene: string
  /** A verdict and the pointer of this age are read again. Ages follow from the times of the questions. */
  verdictsMs: number
  maxUsers: number
  onFault: (fault: unknown, during: string) => void
}
/** An event of a user, by its pseudonym. */
export interface AskedEvent {
  user: string
  item: string
  timeMs: number
}
interface Cached<Value> {
  readMs: number
  value: Promise<Value>
}
interface VerdictsState extends VerdictsOptions {
  /** The time of the newest whole snapshot; null: there is none. */
  pointer: Cached<number | null> | null
  /** In order of use: the last entry is the most recently used. */
  users: Map<string, Cached<VerdictIndex | null>>
}

const isFresh = ({ verdictsMs }: VerdictsState, readMs: number, timeMs: number): boolean =>
  Math.abs(timeMs - readMs) < verdictsMs

/** Reads again, and keeps what was known where that fails: a fault must not make a cheat honest. */
function readAgain<Value>(
  { onFault }: VerdictsState,
  before: Cached<Value> | null | undefined,
  timeMs: number,
  during: string,
  read: Promise<Value>,
): Cached<Value> {
  const cached: Cached<Value> = {
    readMs: timeMs,
    value: read.catch((fault) => {
      cached.readMs = -Infinity
      if (!before) throw fault
      onFault(fault, during)
      return before.value
    }),
  }
  return cached
}

function readPointer(state: VerdictsState, timeMs: number): Promise<number | null> {
  const { online, scene, pointer } = state
  if (pointer && isFresh(state, pointer.readMs, timeMs)) return pointer.value
  const read = online
    .get(onlineVerdictsPointerPk(scene), VERDICTS_SK)
    .then((row) => row && onlineVerdictsPointerSchema.parse(row).madeMs)
  state.pointer = readAgain(state, pointer, timeMs, `reading the verdicts of ${scene}`, read)
  return state.pointer.value
}

const rowSchema = z.object({ verdicts: z.string() })
const listSchema = z.array(onlineVerdictSchema)

/** The verdicts of one user's row. Throws ZodError where it is none. */
function indexRow(user: string, row: unknown): VerdictIndex {
  const verdicts = listSchema.parse(JSON.parse(rowSchema.parse(row).verdicts))
  return indexVerdicts(
    verdicts.map(({ items, ...verdict }) => {
      return { ...verdict, subject: 'user', id: user, items: JSON.stringify(items) }
    }),
  )
}

async function readUser(
  { online, scene }: VerdictsState,
  madeMs: Promise<number | null>,
  user: string,
): Promise<VerdictIndex | null> {
  const made = await madeMs
  if (made === null) return null
  const key = { pk: onlineVerdictsPk(scene, made, user), sk: VERDICTS_SK }
  const [row] = await online.getAll([key])
  return row ? indexRow(user, row) : null
}

/**
 * Answers what the newest verdicts say of a user's event: null where they say nothing. `user` is the
 * pseudonym. A user that is not cached costs one read. After a failed read the cached answer stays in
 * use and the fault is reported; without one the fault is thrown.
 */
export function openVerdicts(options: VerdictsOptions) {
  const state: VerdictsState = { ...options, pointer: null, users: new Map() }
  return async (event: AskedEvent): Promise<Match | null> => {
    const { user, timeMs } = event
    let cached = state.users.get(user)
    if (!cached || !isFresh(state, cached.readMs, timeMs)) {
      const read = readUser(state, readPointer(state, timeMs), user)
      cached = readAgain(state, cached, timeMs, 'reading the verdicts of a user', read)
    }
    state.users.delete(user)
    state.users.set(user, cached)
    if (state.users.size > state.maxUsers) state.users.delete(state.users.keys().next().value!)
    const index = await cached.value
    // Rows are about users alone, so the drop does not matter.
    return index && matchVerdict(index, { ...event, drop: '' })
  }
}
