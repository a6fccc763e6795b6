import { END } from '../segment/types.ts'
import { type Accepted, acceptedDocuments, acceptsAll, isAccepted } from './accepted.ts'
import { type Bits, createBits, hasBit, lowestBit } from './bits.ts'
import type { FacetCounts } from './facets.ts'
import type { Matcher } from './matcher.ts'
import {
  documentsThatMeet,
  firstPossible,
  type OpenCondition,
  openCondition,
} from './open-condition.ts'
import type { SearchRequest } from './options.ts'
import type { QueryTree } from './query-tree.ts'
import { addScores, type OpenGroup, openGroups } from './score-groups.ts'
import type { Snapshot } from './snapshot.ts'
import type { TopHits } from './top-hits.ts'
import { createPlaces, MARK, type Places, visit, WINDOW, type Window } from './window.ts'

/** A query that is evaluated in one part. */
interface OpenPart {
  count: number
  accepted: Accepted
  /** Null: nothing is required. */
  required: OpenCondition | null
  excluded: OpenCondition | null
  matchesAll: boolean
  groups: readonly OpenGroup[]
  /** The numbers that rank, or null for the scores. */
  ranks: Float64Array | null
}

/** Memory of one window. */
interface Buffers {
  among: Bits
  sums: Places
  ofGroup: Places
}

function openPart(
  tree: QueryTree<Matcher>,
  { parts }: Snapshot,
  part: number,
  request: SearchRequest,
): OpenPart {
  const { segment } = parts[part]!
  const { required, excluded, matchesAll, groups } = tree
  return {
    count: segment.count,
    accepted: acceptedDocuments(parts[part]!, request),
    required: required.length > 0 ? openCondition({ all: required }, part) : null,
    excluded: excluded.length > 0 ? openCondition({ any: excluded }, part) : null,
    matchesAll,
    groups: openGroups(groups, part),
    ranks: request.sortBy === null ? null : segment.numbers(request.sortBy),
  }
}

/** The documents of a window that pass the filters, or null where no filter is set. */
function filteredIn(
  { accepted: { filtered }, matchesAll }: OpenPart,
  { base, end }: Window,
  among: Bits,
): Bits | null {
  if (!filtered && !matchesAll) return null
  among.fill(0)
  if (filtered) among.set(filtered.subarray(base >>> 5, (end + 31) >>> 5))
  else for (let place = 0; place < end - base; place++) among[place >>> 5]! |= 1 << (place & 31)
  return among
}

/** The matches of a window, before deleted and excluded ones are left out. Their scores are in `sums`. */
function matchesIn(part: OpenPart, window: Window, { among, sums, ofGroup }: Buffers): Bits {
  const { required, matchesAll, groups, ranks } = part
  let found = filteredIn(part, window, among)
  if (required) found = documentsThatMeet(required, window, found)
  if (ranks === null) addScores(groups, window, found, sums, ofGroup)
  else if (!required && !matchesAll)
    for (const { own, alternatives } of groups)
      for (const cursor of [...own, ...alternatives]) visit(cursor, window, found, sums, MARK)
  return required || matchesAll ? found! : sums.found
}

/** Offers the matches of a window, clears `sums` and returns how many there are. */
function harvest(
  { accepted, excluded, ranks }: OpenPart,
  window: Window,
  matches: Bits,
  { found, values }: Places,
  top: TopHits,
  facets: FacetCounts | null,
): number {
  const left = excluded && documentsThatMeet(excluded, window, matches)
  const takesAll = !left && acceptsAll(accepted)
  let total = 0
  for (let i = 0; i < matches.length; i++)
    for (let word = matches[i]!; word !== 0; word &= word - 1) {
      const place = 32 * i + lowestBit(word)
      const doc = window.base + place
      const score = values[place]!
      values[place] = 0
      if (!takesAll && ((left && hasBit(left, place)) || !isAccepted(accepted, doc))) continue
      total++
      facets?.add(doc)
      const rank = ranks ? ranks[doc]! : score
      if (!(rank < top.least)) top.offer(Number.isNaN(rank) ? Number.NEGATIVE_INFINITY : rank, doc)
    }
  found.fill(0)
  return total
}

/** Where the next window with a match may begin. */
function nextBase({ required, matchesAll, groups }: OpenPart, end: number): number {
  if (required) return Math.max(end, firstPossible(required))
  if (matchesAll) return end
  let first = END
  for (const { own, alternatives } of groups) {
    for (const { doc } of own) if (doc < first) first = doc
    for (const { doc } of alternatives) if (doc < first) first = doc
  }
  return Math.max(end, first)
}

/**
 * Offers every match of a snapshot and returns their number. A window of documents at a time: cursors
 * add their scores to it one after the other, so all sums have the same order. Cost: the postings of the
 * rarest required condition and what is searched for it; where nothing is required, all postings.
 */
export function evaluateAll(
  tree: QueryTree<Matcher>,
  snapshot: Snapshot,
  request: SearchRequest,
  top: TopHits,
  facets: FacetCounts | null,
): number {
  const sums = createPlaces()
  // Groups of one leaf, which are most, need no sum of their own.
  const isSimple = tree.groups.every(
    ({ own, alternatives }) => own.length + alternatives.length < 2,
  )
  const ofGroup = isSimple ? sums : createPlaces()
  const buffers = { among: createBits(WINDOW), sums, ofGroup }
  let total = 0
  for (const n of snapshot.parts.keys()) {
    top.startPart(n)
    facets?.startPart(snapshot.parts[n]!)
    const part = openPart(tree, snapshot, n, request)
    const { count } = part
    let base = nextBase(part, 0) & -32
    while (base < count) {
      const window = { base, end: Math.min(base + WINDOW, count), count }
      const matches = matchesIn(part, window, buffers)
      total += harvest(part, window, matches, sums, top, facets)
      base = nextBase(part, base + WINDOW) & -32
    }
  }
  return total
}
