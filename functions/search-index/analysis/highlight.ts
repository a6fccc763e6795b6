import type { Token } from './token.ts'

/** A part of a text, by UTF-16 offsets into the whole text; `end` is not included. */
export interface Passage {
  start: number
  end: number
  /** The parts that match, in order and apart from each other: `[start, end]`, offsets as above. */
  marks: readonly (readonly [start: number, end: number])[]
}

export interface PassageOptions {
  /** Passages at most. Defaults to 3. */
  passages?: number
  /** UTF-16 units of a passage, about. A longer word stays whole. Defaults to 160. */
  length?: number
}

/** So far a passage is cut back to white space; then it is cut between words that no white space parts. */
const MAX_CUT = 32

const isSpace = (text: string, at: number): boolean => /\s/.test(text[at] ?? '')

/** A part of the text that no passage has yet, and the matches in it: from index `first` to `after`, not included. */
interface Zone {
  from: number
  to: number
  first: number
  after: number
}

/** Matches that fit into one passage: those from index `first` to `last`, both included. */
interface Window {
  zone: Zone
  first: number
  last: number
  distinct: number
}

/** The first window of a zone with the most distinct terms, of `most` at most. Null where nothing matches. */
function findWindow(
  matches: readonly Token[],
  zone: Zone,
  length: number,
  most: number,
): Window | null {
  const counts = new Map<string, number>()
  let best: Window | null = null
  let last = zone.first - 1
  for (let first = zone.first; first < zone.after; first++) {
    const { term, start } = matches[first]!
    while (last + 1 < zone.after) {
      const next = matches[last + 1]!
      if (last >= first && next.end - start > length) break
      counts.set(next.term, (counts.get(next.term) ?? 0) + 1)
      last++
    }
    if (best === null || counts.size > best.distinct)
      best = { zone, first, last, distinct: counts.size }
    if (best.distinct === most) break
    const left = counts.get(term)! - 1
    if (left === 0) counts.delete(term)
    else counts.set(term, left)
  }
  return best
}

/** The index of the first token whose `edge` is at `offset` or later. */
function firstFrom(tokens: readonly Token[], edge: 'start' | 'end', offset: number): number {
  let [low, high] = [0, tokens.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (tokens[middle]![edge] < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** A border of a word near `wanted`, not after `latest`, where a match begins. */
function cutStart(text: string, tokens: readonly Token[], wanted: number, latest: number): number {
  const through = Math.min(latest, wanted + MAX_CUT)
  for (let at = wanted - 1; at < through; at++) if (isSpace(text, at)) return at
  return Math.min(latest, tokens[firstFrom(tokens, 'start', wanted)]?.start ?? latest)
}

/** A border of a word near `wanted`, not before `earliest`, where a match ends. */
function cutEnd(text: string, tokens: readonly Token[], wanted: number, earliest: number): number {
  const from = Math.max(earliest, wanted - MAX_CUT)
  for (let at = wanted; at >= from; at--) if (isSpace(text, at)) return at
  let end = earliest
  for (
    let n = firstFrom(tokens, 'start', earliest);
    n < tokens.length && tokens[n]!.end <= wanted;
    n++
  )
    end = Math.max(end, tokens[n]!.end)
  return end
}

/** Merges matches that overlap or touch, such as the pairs of a CJK run. */
function markMatches(matches: readonly Token[]): [number, number][] {
  const marks: [number, number][] = []
  for (const { start, end } of matches) {
    const last = marks.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else marks.push([start, end])
  }
  return marks
}

const countTerms = (tokens: readonly Token[]): number =>
  new Set(tokens.map(({ term }) => term)).size

/** What a search for passages looks at. */
interface Search {
  text: string
  tokens: readonly Token[]
  matches: readonly Token[]
  length: number
}

interface Counted {
  passage: Passage
  distinct: number
}

/** The passage around a window: of `length`, with as much text before the matches as after them. */
function cutPassage({ text, tokens, matches, length }: Search, window: Window): Counted {
  const { zone } = window
  const earliest = matches[window.first]!.start
  const latest = matches[window.last]!.end
  const spare = Math.max(0, length - (latest - earliest))
  const centred = Math.max(zone.from, earliest - Math.floor(spare / 2))
  const wantedEnd = Math.min(zone.to, Math.max(latest, centred + length))
  const wantedStart = Math.max(zone.from, Math.min(centred, wantedEnd - length))
  let start = wantedStart === zone.from ? zone.from : cutStart(text, tokens, wantedStart, earliest)
  let end = wantedEnd === zone.to ? zone.to : cutEnd(text, tokens, wantedEnd, latest)
  while (start < earliest && isSpace(text, start)) start++
  while (end > latest && isSpace(text, end - 1)) end--
  const inside = matches.slice(
    firstFrom(matches, 'start', start),
    firstFrom(matches, 'end', end + 1),
  )
  return { passage: { start, end, marks: markMatches(inside) }, distinct: countTerms(inside) }
}

/** What a passage leaves of its zone, before it and after it. */
function splitZone(
  matches: readonly Token[],
  { from, to, first, after }: Zone,
  { start, end }: Passage,
): Zone[] {
  return [
    { from, to: start, first, after: firstFrom(matches, 'end', start + 1) },
    { from: end, to, first: firstFrom(matches, 'start', end), after },
  ]
}

/**
 * The passages of a text that show best why it matches: those with the most distinct terms first, then in
 * the order of the text. They do not overlap. `tokens` are those of the whole text, by the analyzer of its
 * field, and `terms` the terms that match. Where nothing matches there is no passage. What is returned are
 * offsets, so the caller escapes the text for its own use.
 */
export function highlight(
  text: string,
  tokens: readonly Token[],
  terms: ReadonlySet<string>,
  { passages = 3, length = 160 }: PassageOptions = {},
): Passage[] {
  const matches = tokens.filter(({ term }) => terms.has(term))
  const most = countTerms(matches)
  const chosen: Counted[] = []
  let zones: Zone[] = [{ from: 0, to: text.length, first: 0, after: matches.length }]
  let windows: Window[] = []
  while (chosen.length < passages) {
    windows.push(...zones.flatMap((zone) => findWindow(matches, zone, length, most) ?? []))
    const [best] = windows.sort((a, b) => b.distinct - a.distinct || a.first - b.first)
    if (best === undefined) break
    const counted = cutPassage({ text, tokens, matches, length }, best)
    chosen.push(counted)
    zones = splitZone(matches, best.zone, counted.passage)
    windows = windows.slice(1)
  }
  return chosen
    .sort((a, b) => b.distinct - a.distinct || a.passage.start - b.passage.start)
    .map(({ passage }) => passage)
}
