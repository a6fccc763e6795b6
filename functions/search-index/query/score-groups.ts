import { type Bits, nextBit } from './bits.ts'
import type { Cursor } from './cursor.ts'
import type { GroupExplanation, ScoreExplanation } from './explanation.ts'
import { cursorAt, type Matcher } from './matcher.ts'
import type { Group } from './query-tree.ts'
import { ADD, type Places, RAISE, visit, type Window } from './window.ts'

/**
 * Scores are sums of doubles, so their order decides the last bit. Everywhere it is: the groups of the
 * query in their order, and within a group its own leaves in theirs, before the alternatives.
 */

/** A group's cursors in one part. */
export interface OpenGroup {
  own: readonly Cursor[]
  alternatives: readonly Cursor[]
}

/** Groups of which the part has nothing are left out. */
export const openGroups = (groups: readonly Group<Matcher>[], part: number): OpenGroup[] =>
  groups
    .map(({ own, alternatives }) => ({
      own: own.flatMap((matcher) => matcher.open(part) ?? []),
      alternatives: alternatives.flatMap((matcher) => matcher.open(part) ?? []),
    }))
    .filter(({ own, alternatives }) => own.length + alternatives.length > 0)

/** Adds the scores of all groups to the documents of a window; with `among`, only to documents of that set. */
export function addScores(
  groups: readonly OpenGroup[],
  window: Window,
  among: Bits | null,
  sums: Places,
  ofGroup: Places,
): void {
  for (const { own, alternatives } of groups) {
    if (own.length + alternatives.length === 1) {
      visit((own[0] ?? alternatives[0])!, window, among, sums, ADD)
      continue
    }
    for (const cursor of own) visit(cursor, window, among, ofGroup, ADD)
    for (const cursor of alternatives) visit(cursor, window, among, ofGroup, RAISE)
    const { found, values } = ofGroup
    for (let place = nextBit(found, 0); place >= 0; place = nextBit(found, place + 1)) {
      sums.values[place]! += values[place]!
      values[place] = 0
    }
    for (let i = 0; i < found.length; i++) sums.found[i]! |= found[i]!
    found.fill(0)
  }
}

/** The same sum from what each leaf counts, 0 where the document lacks it: own leaves first, group by group. */
export function sumOfLeaves(groups: readonly Group<unknown>[], scores: Float64Array): number {
  let sum = 0
  let leaf = 0
  for (const { own, alternatives } of groups) {
    let score = 0
    for (let i = 0; i < own.length; i++) score += scores[leaf++]!
    for (let i = 0; i < alternatives.length; i++) score = Math.max(score, scores[leaf++]!)
    sum += score
  }
  return sum
}

/** The score of one document. */
export function scoreDocument(
  groups: readonly Group<Matcher>[],
  part: number,
  doc: number,
): number {
  const leaves = groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])
  const scores = leaves.map((matcher) => cursorAt(matcher, part, doc)?.score() ?? 0)
  return sumOfLeaves(groups, Float64Array.from(scores))
}

/** How a document's score is made up. Groups that it has nothing of are left out. */
export function explainScore(
  groups: readonly Group<Matcher>[],
  part: number,
  doc: number,
): ScoreExplanation {
  const explained: GroupExplanation[] = []
  let score = 0
  for (const { field, ...group } of groups) {
    const own = group.own.flatMap((matcher) => matcher.explain(part, doc) ?? [])
    const alternatives = group.alternatives.flatMap((matcher) => matcher.explain(part, doc) ?? [])
    if (own.length + alternatives.length === 0) continue
    const sum = own.reduce((total, one) => total + one.score, 0)
    const best = alternatives.reduce((most, one) => Math.max(most, one.score), sum)
    explained.push({ field, score: best, own, alternatives })
    score += best
  }
  return { score, groups: explained }
}
