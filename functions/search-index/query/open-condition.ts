import { END } from '../segment/types.ts'
import { type Bits, createBits } from './bits.ts'
import type { Cursor } from './cursor.ts'
import type { Matcher } from './matcher.ts'
import type { Condition } from './query-tree.ts'
import { MARK, type Places, visit, WINDOW, type Window } from './window.ts'

/** A condition in one part. */
export type OpenCondition =
  | { kind: 'leaf'; cost: number; cursor: Cursor; places: Places }
  | { kind: 'all' | 'any'; cost: number; children: readonly OpenCondition[]; places: Places }

const NO_VALUES = new Float64Array(0)
/** Places of which only the bits are used. */
const createMarks = (): Places => ({ found: createBits(WINDOW), values: NO_VALUES })

const NEVER: OpenCondition = { kind: 'any', cost: 0, children: [], places: createMarks() }

/** Opens a condition's cursors. The children of `all` come in ascending order of their costs. */
export function openCondition(condition: Condition<Matcher>, part: number): OpenCondition {
  if ('leaf' in condition) {
    const cursor = condition.leaf.open(part)
    if (!cursor) return NEVER
    cursor.next()
    return { kind: 'leaf', cost: cursor.docs, cursor, places: createMarks() }
  }
  const kind = 'all' in condition ? 'all' : 'any'
  const conditions = 'all' in condition ? condition.all : condition.any
  const children = conditions
    .map((one) => openCondition(one, part))
    .filter((child) => kind === 'all' || child !== NEVER)
    .sort((a, b) => a.cost - b.cost)
  if (kind === 'all' ? children.includes(NEVER) : children.length === 0) return NEVER
  if (children.length === 1) return children[0]!
  const cost = kind === 'all' ? children[0]!.cost : children.reduce((sum, one) => sum + one.cost, 0)
  return { kind, cost, children, places: createMarks() }
}

/** No document from the last window's end up to this one, excluded, meets the condition. */
export function firstPossible(condition: OpenCondition): number {
  if (condition.kind === 'leaf') return condition.cursor.doc
  const first = condition.children.map(firstPossible)
  return condition.kind === 'all' ? Math.max(0, ...first) : Math.min(END, ...first)
}

/**
 * The documents of a window that meet the condition, as bits; with `among`, only documents of that set.
 * Windows must ascend. The bits are valid until the next call.
 */
export function documentsThatMeet(
  condition: OpenCondition,
  window: Window,
  among: Bits | null,
): Bits {
  const { found } = condition.places
  if (condition.kind === 'leaf') {
    found.fill(0)
    visit(condition.cursor, window, among, condition.places, MARK)
  } else if (condition.kind === 'any') {
    found.fill(0)
    for (const child of condition.children) {
      const met = documentsThatMeet(child, window, among)
      for (let i = 0; i < found.length; i++) found[i]! |= met[i]!
    }
  } else {
    let left = among
    for (const child of condition.children) left = documentsThatMeet(child, window, left)
    found.set(left!)
  }
  return found
}
