import { END } from '../segment/types.ts'
import { type Accepted, acceptedDocuments, isAccepted } from './accepted.ts'
import type { Cursor } from './cursor.ts'
import type { Matcher } from './matcher.ts'
import type { SearchRequest } from './options.ts'
import type { Group, QueryTree } from './query-tree.ts'
import { sumOfLeaves } from './score-groups.ts'
import type { Snapshot } from './snapshot.ts'
import type { TopHits } from './top-hits.ts'

/**
 * Block-max MAXSCORE: Turtle and Flood, "Query evaluation: strategies and optimizations", 1995, with the
 * bounds of Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011. Each window
 * of documents in which no block ends has a bound for each leaf. Leaves whose bounds together are too
 * small to bring a document in are not read, only searched for the documents of the others.
 */

/**
 * Partial sums and bounds are added in another order than scores; 1,024 roundings differ by less. One sum
 * of two is the same in both orders, so that equal scores of short queries are skipped.
 */
const SLACK = 1 + 1e-12

/** The leaves of a query in one part, in ascending order of their bounds for the present window. */
interface OpenLeaves {
  cursors: Cursor[]
  /** By cursor: the leaf's place in `scores`. */
  places: Int32Array
  bounds: Float64Array
  /** sums[i]: the first i bounds, with slack. */
  sums: Float64Array
  /** By leaf: what it counts in the present document. */
  scores: Float64Array
  slack: number
}

function openLeaves(groups: readonly Group<Matcher>[], part: number): OpenLeaves {
  const leaves = groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])
  const opened = leaves.flatMap((matcher, place) => {
    const cursor = matcher.open(part)
    return cursor ? [{ cursor, place }] : []
  })
  const { length } = opened
  return {
    cursors: opened.map(({ cursor }) => cursor),
    places: Int32Array.from(opened, ({ place }) => place),
    bounds: new Float64Array(length),
    sums: new Float64Array(length + 1),
    scores: new Float64Array(leaves.length),
    slack: length > 2 ? SLACK : 1,
  }
}

/** Bounds the window that begins at `from`. Returns its last document: the first end of a block. */
function boundWindow({ cursors, bounds }: OpenLeaves, from: number): number {
  let through = END - 1
  for (let i = 0; i < cursors.length; i++) {
    const cursor = cursors[i]!
    if (cursor.doc === END) continue
    if (cursor.through < from) cursor.seekBound(from)
    if (cursor.through < through) through = cursor.through
  }
  for (let i = 0; i < cursors.length; i++) {
    const cursor = cursors[i]!
    bounds[i] = cursor.doc > through ? 0 : cursor.bound
  }
  return through
}

/** Orders the cursors by their bounds, which change little from window to window (insertion sort). */
function orderCursors({ cursors, places, bounds }: OpenLeaves): void {
  for (let i = 1; i < cursors.length; i++) {
    const cursor = cursors[i]!
    const place = places[i]!
    const bound = bounds[i]!
    let at = i
    for (; at > 0 && bounds[at - 1]! > bound; at--) {
      cursors[at] = cursors[at - 1]!
      places[at] = places[at - 1]!
      bounds[at] = bounds[at - 1]!
    }
    cursors[at] = cursor
    places[at] = place
    bounds[at] = bound
  }
}

/** How many of the first cursors cannot bring a document in, even together. */
function countSkipped({ bounds, sums, slack }: OpenLeaves, top: TopHits): number {
  let skipped = 0
  let sum = 0
  for (let i = 0; i < bounds.length; i++) {
    sum += bounds[i]!
    sums[i + 1] = sum * slack
    if (skipped === i && top.excludes(sums[i + 1]!)) skipped = i + 1
  }
  return skipped
}

/** Adds the skipped leaves, the greatest bound first. False: the document cannot enter. */
function addSkipped(
  leaves: OpenLeaves,
  doc: number,
  skipped: number,
  known: number,
  top: TopHits,
): boolean {
  const { cursors, places, sums, scores } = leaves
  let sum = known
  for (let i = skipped - 1; i >= 0; i--) {
    if (top.excludes(sum + sums[i + 1]!)) return false
    const cursor = cursors[i]!
    const score = cursor.advance(doc) === doc ? cursor.score() : 0
    scores[places[i]!] = score
    sum += score
  }
  return true
}

/** Evaluates a window's documents of the leaves that are not skipped. Returns how many it accepted. */
function scoreWindow(
  leaves: OpenLeaves,
  groups: readonly Group<Matcher>[],
  [from, through]: readonly [number, number],
  skipped: number,
  accepted: Accepted,
  top: TopHits,
): number {
  const { cursors, places, sums, scores, slack } = leaves
  let doc = END
  for (let i = skipped; i < cursors.length; i++) doc = Math.min(doc, cursors[i]!.advance(from))
  let seen = 0
  while (doc <= through) {
    let sum = 0
    let next = END
    for (let i = skipped; i < cursors.length; i++) {
      const cursor = cursors[i]!
      let own = cursor.doc
      let score = 0
      if (own === doc) {
        score = cursor.score()
        own = cursor.next()
      }
      scores[places[i]!] = score
      sum += score
      if (own < next) next = own
    }
    if (!top.excludes(sum * slack + sums[skipped]!) && isAccepted(accepted, doc)) {
      seen++
      if (addSkipped(leaves, doc, skipped, sum * slack, top))
        top.offer(sumOfLeaves(groups, scores), doc)
    }
    doc = next
  }
  return seen
}

/**
 * Offers the documents that may be among the best of a query that requires and excludes nothing. The
 * result is that of evaluateAll, to the last bit of each score. Returns how many matches it has seen for
 * certain: at most all of them.
 */
export function evaluateTop(
  { groups }: QueryTree<Matcher>,
  { parts }: Snapshot,
  request: SearchRequest,
  top: TopHits,
): number {
  let seen = 0
  for (const [part, { segment }] of parts.entries()) {
    top.startPart(part)
    const accepted = acceptedDocuments(parts[part]!, request)
    const leaves = openLeaves(groups, part)
    let from = 0
    while (from < segment.count) {
      const through = boundWindow(leaves, from)
      orderCursors(leaves)
      const skipped = countSkipped(leaves, top)
      if (skipped < leaves.cursors.length)
        seen += scoreWindow(leaves, groups, [from, through], skipped, accepted, top)
      from = through + 1
    }
  }
  return seen
}
