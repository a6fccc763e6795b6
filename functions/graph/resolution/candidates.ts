import type { MatchingEdges } from '../../math/matching-marginals.ts'
import { TopK } from '../../math/top-k.ts'
import type { Prepared, PreparedPair, WordSet } from './prepare.ts'

/** Pairs of records that are compared: places in the two sources, ascending by left and then by right. */
export interface Candidates {
  left: Int32Array
  right: Int32Array
  /** Records of the two sources. */
  sizes: readonly [number, number]
  /** Both are the same source, and left < right. */
  isOneSource: boolean
}

/** Candidates as edges between nodes: the records of the left source, then those of the right one. */
export const edgesOf = ({ left, right, sizes, isOneSource }: Candidates): MatchingEdges => ({
  a: left,
  b: isOneSource ? right : right.map((place) => sizes[0] + place),
  nodes: isOneSource ? sizes[0] : sizes[0] + sizes[1],
})

export interface BlockingOptions {
  /** Partners of a record by common rare words, at most. A record of the larger source has as many less as it is larger. */
  maxByWords: number
  /** Partners by common rare groups of characters, at most. */
  maxByGrams: number
  /** A key that more records have is left out. */
  maxKeyRecords: number
}
export const BLOCKING: BlockingOptions = { maxByWords: 20, maxByGrams: 5, maxKeyRecords: 5000 }

/** A key that fewer records have is always used, and one of more than a tenth of a source never. */
const MIN_KEY_RECORDS = 200
const COMMON_SHARE = 0.1

/** Records by key: `places[offsets[key] … offsets[key + 1]]`. */
interface Postings {
  offsets: Uint32Array
  places: Int32Array
}

function postingsOf(keys: readonly WordSet[], size: number): Postings {
  const offsets = new Uint32Array(size + 1)
  for (const own of keys) for (const key of own) offsets[key + 1]!++
  for (let key = 0; key < size; key++) offsets[key + 1]! += offsets[key]!
  const next = offsets.slice()
  const places = new Int32Array(offsets[size]!)
  for (const [place, own] of keys.entries()) for (const key of own) places[next[key]!++] = place
  return { offsets, places }
}

/** Keys of both sources, with what a common key weighs. */
interface Keys {
  sides: readonly [readonly WordSet[], readonly WordSet[]]
  weights: Float64Array
}

/** Calls `take` with the partners of each record that have the most weight in common with it. */
function findPartners(
  keys: Keys,
  most: number,
  { maxKeyRecords }: BlockingOptions,
  take: (own: number, other: number) => void,
): void {
  const [own, other] = keys.sides
  const { offsets, places } = postingsOf(other, keys.weights.length)
  const cap = Math.min(maxKeyRecords, Math.max(MIN_KEY_RECORDS, COMMON_SHARE * other.length))
  const norms = Float64Array.from(other, (set) =>
    Math.sqrt(1 + set.reduce((sum, key) => sum + keys.weights[key]! ** 2, 0)),
  )
  const sums = new Float64Array(other.length)
  const touched: number[] = []
  for (const [place, set] of own.entries()) {
    for (const key of set) {
      const [start, end] = [offsets[key]!, offsets[key + 1]!]
      if (end - start > cap) continue
      const weight = keys.weights[key]! ** 2
      for (let at = start; at < end; at++) {
        const partner = places[at]!
        if (sums[partner] === 0) touched.push(partner)
        sums[partner]! += weight + 1e-9
      }
    }
    const best = new TopK(most)
    for (const partner of touched) {
      const score = sums[partner]! / norms[partner]!
      if (best.admits(score, partner)) best.keep(score, partner)
      sums[partner] = 0
    }
    touched.length = 0
    for (const { place: partner } of best.sorted()) take(place, partner)
  }
}

const GRAM = 4

/** Groups of four characters in the headline, without white space, as numbers of both sources. */
function gramKeys({ sides, words }: PreparedPair): Keys {
  const numbers = new Map<string, number>()
  const counts: number[] = []
  const gramsOfWord = new Map<number, number[]>()
  const gramsOf = (word: number): number[] => {
    const known = gramsOfWord.get(word)
    if (known) return known
    const text = ` ${words.words[word]} `
    const grams: number[] = []
    for (let at = 0; at + GRAM <= text.length; at++) {
      const gram = text.slice(at, at + GRAM)
      if (!numbers.has(gram)) numbers.set(gram, numbers.size)
      grams.push(numbers.get(gram)!)
    }
    gramsOfWord.set(word, grams)
    return grams
  }
  const sets = sides.map(({ headline }) =>
    headline.map((set) => Int32Array.from(new Set([...set].flatMap(gramsOf))).sort()),
  ) as [WordSet[], WordSet[]]
  for (const side of sets)
    for (const set of side) for (const gram of set) counts[gram] = (counts[gram] ?? 0) + 1
  const records = sets[0].length + sets[1].length
  return {
    sides: sets,
    weights: Float64Array.from(counts, (count) => Math.log((records + 1) / count)),
  }
}

const union = (a: readonly WordSet[], b: readonly WordSet[]): WordSet[] =>
  a.map((set, at) => Int32Array.from(new Set([...set, ...b[at]!])).sort())

/** What candidates must have in common, and how many partners a record proposes for it. */
function keysOf(pair: PreparedPair, { maxByWords, maxByGrams }: BlockingOptions): [Keys, number][] {
  const { sides, words, codes } = pair
  const keysBy = (read: (side: Prepared) => WordSet[]): Keys['sides'] => [
    read(sides[0]),
    read(sides[1]),
  ]
  return [
    [{ sides: keysBy((side) => side.headline), weights: words.weights }, maxByWords],
    [
      { sides: keysBy((side) => union(side.headline, side.rest)), weights: words.weights },
      maxByWords / 2,
    ],
    [
      { sides: keysBy((side) => union(side.codes, side.otherCodes)), weights: codes.weights },
      maxByGrams,
    ],
    [gramKeys(pair), maxByGrams],
  ]
}

/** Records of equal headlines, one after the other: however many there are, each is in at most two pairs. */
function equalHeadlines(
  { sides }: PreparedPair,
  isOneSource: boolean,
  take: (left: number, right: number) => void,
): void {
  const groups = sides.map(({ headline }) => {
    const places = [...headline.keys()].filter((place) => headline[place]!.length > 0)
    return Map.groupBy(places, (place) => headline[place]!.join())
  })
  for (const [key, own] of groups[0]!) {
    const others = isOneSource ? own.slice(1) : (groups[1]!.get(key) ?? [])
    const pairs = Math.min(own.length, others.length)
    for (let at = 0; at < pairs; at++) take(own[at]!, others[at]!)
  }
}

/**
 * Pairs that may match: those with the most weight of rare words, groups of characters and codes in common. A record
 * proposes a bounded number of partners, fewer where its source is the larger one. So there are at most
 * 2 · (1.5 maxByWords + 2 maxByGrams) pairs for each record of the smaller source, and 8 for each of the larger one.
 */
export function findCandidates(
  pair: PreparedPair,
  {
    isOneSource = false,
    options = BLOCKING,
  }: { isOneSource?: boolean; options?: BlockingOptions } = {},
): Candidates {
  const sizes = [pair.sides[0].ids.length, pair.sides[1].ids.length] as const
  const limitOf = (most: number, own: number, other: number): number =>
    Math.max(2, Math.round(most * Math.min(1, other / Math.max(1, own))))
  const found: number[] = []
  const width = sizes[1]
  for (const [{ sides, weights }, most] of keysOf(pair, options)) {
    const [a, b] = sides
    findPartners(
      { sides, weights },
      limitOf(most, ...sizes) + Number(isOneSource),
      options,
      (own, other) => {
        if (!isOneSource) found.push(own * width + other)
        else if (own !== other) found.push(Math.min(own, other) * width + Math.max(own, other))
      },
    )
    if (!isOneSource)
      findPartners(
        { sides: [b, a], weights },
        limitOf(most, sizes[1], sizes[0]),
        options,
        (own, other) => found.push(other * width + own),
      )
  }
  equalHeadlines(pair, isOneSource, (left, right) => found.push(left * width + right))
  const sorted = Float64Array.from(found).sort()
  const codes = sorted.filter((code, at) => at === 0 || code !== sorted[at - 1])
  return {
    left: Int32Array.from(codes, (code) => Math.floor(code / width)),
    right: Int32Array.from(codes, (code) => code % width),
    ...{ sizes, isOneSource },
  }
}
