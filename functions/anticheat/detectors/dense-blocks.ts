import type { Finding } from '../../contract/verdicts.ts'
import { seededUniform } from '../../math/random.ts'
import { type Accusation, placesByUser, windowsOf } from '../bad-window.ts'
import { type Member, membersOf } from '../block-members.ts'
import {
  type ClickGraph,
  type Core,
  clickGraphOf,
  cutCore,
  densestIn,
  excessWeights,
  honestScore,
} from '../click-graph.ts'
import type { ScreenedEvents } from '../events.ts'
import { expectedClicks } from '../repeat-screening.ts'
import { countUserItems } from '../user-items.ts'

/** Blocks are taken out one after the other. This many without a member end the search. */
const MAX_EMPTY = 3
const MAX_BLOCKS = 100

/** Takes a block out: its clicks are as many as expected. */
function takeOut(
  { users, items, inner, edges }: Core,
  graph: ClickGraph,
  block: { users: ReadonlySet<number>; items: ReadonlySet<number> },
): void {
  for (const [n, edge] of edges.entries()) {
    if (!block.users.has(users[inner.row[n]!]!) || !block.items.has(items[inner.column[n]!]!))
      continue
    if (graph.clicks[edge]! > graph.expected[edge]!) inner.weight[n] = 0
  }
}

/** The members of all blocks that are denser than honest clicks make them. */
function findMembers(graph: ClickGraph, shown: Uint32Array, seed: number): Member[][] {
  const weight = excessWeights(graph, graph.clicks)
  const threshold = honestScore(graph, shown, seededUniform(seed))
  const core = cutCore(graph, weight, threshold)
  const found: Member[][] = []
  let empty = 0
  for (let n = 0; n < MAX_BLOCKS && empty < MAX_EMPTY; n++) {
    const { rows, columns, score } = densestIn(core)
    if (score <= threshold) break
    const members = membersOf(graph, columns)
    if (members.length === 0) empty++
    else found.push(members)
    const users = new Set([...rows, ...members.map(({ user }) => user)])
    takeOut(core, graph, { users, items: new Set(columns) })
  }
  return found
}

/** A user in several blocks is accused once, of the items of all of them. */
function accuse(blocks: readonly (readonly Member[])[]): Accusation[] {
  const byUser = new Map<number, Accusation>()
  for (const { user, items, expected, logChance } of blocks.flat()) {
    const before = byUser.get(user)
    byUser.set(user, {
      user,
      items: [...new Set([...(before?.items ?? []), ...items])],
      logChance: Math.min(logChance, before?.logChance ?? 0),
      expected: expected + (before?.expected ?? 0),
    })
  }
  return [...byUser.values()].sort((a, b) => a.user - b.user)
}

/**
 * Groups of users who click the same items far more than expected, also if they hide among popular items
 * (Hooi et al. 2016, "FRAUDAR"): the graph of users and items, weighted by clicks beyond expectation, is
 * peeled, and blocks are taken out as long as they are denser than the densest block of clicks that are
 * drawn again (`honestScore`: in one of a hundred honest runs). The score of honest redraws grows with
 * the graph. A user of a block is accused only if `membersOf` says so. O(events × log nodes).
 */
export const denseBlocks = {
  name: 'dense-blocks',
  evidence: 'graph',
  reason: 'A group of users clicks the same items far more often than others do.',
  detect(events: ScreenedEvents, { seed }: { seed: number }): Finding[] {
    const fit = expectedClicks(events)
    const pairs = countUserItems(events, fit.clicked)
    const graph = clickGraphOf(events, pairs, fit, placesByUser(events))
    return windowsOf(events, accuse(findMembers(graph, pairs.shown, seed)), denseBlocks)
  },
} as const
