import { alignAttributes } from '../../functions/graph/resolution/attribute-kinds.ts'
import { findCandidates } from '../../functions/graph/resolution/candidates.ts'
import { softCosine } from '../../functions/graph/resolution/compare-texts.ts'
import { prepare } from '../../functions/graph/resolution/prepare.ts'
import type { EntityRecord } from '../../functions/graph/resolution/records.ts'
import { resolve } from '../../functions/graph/resolution/resolve.ts'
import { type EntityPairs, scorePairs } from '../make/entity-pairs.ts'
import { dblpAcm } from '../make/entity-pairs-papers.ts'
import { abtBuy, walmartAmazon } from '../make/entity-pairs-shops.ts'
import { amazonGoogle } from '../make/entity-pairs-software.ts'

const SEEDS = [1, 2, 3]

interface Found {
  recall: number
  /** Of TF-IDF cosine of the headlines and greedy assignment, with the threshold that labels say is best. */
  cosineF1: number
}

/** What blocking keeps, and what a plain cosine could do with labels. */
function measureBlocking({ left, right, matches }: EntityPairs): Found {
  const pair = prepare(left, right, alignAttributes(left, right))
  const candidates = findCandidates(pair)
  const [a, b] = pair.sides
  const texts = { weights: pair.words.weights, similarity: () => 0 }
  const found = [...candidates.left]
    .map((at, i) => {
      const other = candidates.right[i]!
      const cosine = softCosine(texts, a.headline[at]!, b.headline[other]!)
      return { left: a.ids[at]!, right: b.ids[other]!, cosine }
    })
    .sort((x, y) => y.cosine - x.cosine)
  const truth = new Set(matches.map(([x, y]) => `${x} ${y}`))
  const [lefts, rights] = [new Set<string>(), new Set<string>()]
  let [hits, count, cosineF1] = [0, 0, 0]
  for (const one of found) {
    if (lefts.has(one.left) || rights.has(one.right)) continue
    lefts.add(one.left)
    rights.add(one.right)
    count++
    if (truth.has(`${one.left} ${one.right}`)) hits++
    cosineF1 = Math.max(cosineF1, (2 * hits) / (count + truth.size))
  }
  return { recall: scorePairs(found, matches).recall, cosineF1 }
}

const without = (records: readonly EntityRecord[], name: string): EntityRecord[] =>
  records.map(({ id, attributes }) => ({
    id,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([own]) => own !== name)),
  }))

const f1Of = ({ left, right, matches }: EntityPairs): number =>
  scorePairs(resolve({ left, right }).matches, matches).f1

/** Prints what resolution finds in imitations of four public collections, and what each attribute adds. */
export function benchResolution(): void {
  for (const make of [abtBuy, amazonGoogle, dblpAcm, walmartAmazon]) {
    for (const seed of SEEDS) {
      const pairs = make(seed)
      const started = process.cpuUsage().user
      const { matches, model } = resolve(pairs)
      const seconds = (process.cpuUsage().user - started) / 1e6
      const { precision, recall, f1 } = scorePairs(matches, pairs.matches)
      const blocking = measureBlocking(pairs)
      const scores = [precision, recall, f1, model.expectedF1, blocking.recall, blocking.cosineF1]
      const shown = scores.map((score) => score.toFixed(3)).join(' ')
      process.stdout.write(
        `${pairs.name} seed ${seed}: precision, recall, F1, expected F1, recall of blocking, cosine with labels: ` +
          `${shown}; ${model.candidates} candidates, ${seconds.toFixed(1)} s of CPU\n`,
      )
    }
    const pairs = make(SEEDS[0]!)
    const names = new Set(pairs.left.flatMap(({ attributes }) => Object.keys(attributes)))
    for (const name of [...names].filter((own) => own !== 'title' && own !== 'name')) {
      const less = { ...pairs, left: without(pairs.left, name), right: without(pairs.right, name) }
      process.stdout.write(`  without ${name}: F1 ${f1Of(less).toFixed(3)}\n`)
    }
  }
}
