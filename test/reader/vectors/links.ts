import { linkGraph } from '../../../functions/features/links.ts'
import { type Fact, makeLinks } from '../../make/links.ts'

/** The links of a small knowledge graph for the vectors: some items have none, and one is only linked to. */

const FACTS: Fact[] = [
  ...['i0', 'i1', 'i4', 'i9'].map((item): Fact => [item, 'has-brand', 'brand:größe']),
  ...['i1', 'i2', 'i5', 'i7'].map((item): Fact => [item, 'has-brand', 'brand:📱']),
  ...['i3', 'i6'].map((item): Fact => [item, 'has-brand', 'brand:ｆilm']),
  ...['i2', 'i6', 'i9'].map((item): Fact => [item, 'in-category', 'category:news']),
  ...['i0', 'i3'].map((item): Fact => [item, 'in-category', 'category:sport']),
  ['i1', 'complement-of', 'item:i0'],
  ['i4', 'complement-of', 'item:i3'],
  ['i4', 'complement-of', 'item:i7'],
  ['i6', 'complement-of', 'item:i10'],
  ['i0', 'complement-of', 'item:i9'],
]

const links = makeLinks(FACTS)
const graph = linkGraph(links)

export const servedLinks = { servedAt: () => graph }
const PAIRS = [0, 1, 2, 3, 4, 6, 8, 10].map((n) => `i${n}`)

/** The object, and hops between items by all relations. */
export const linksVector = {
  ...{ vector: 'links', links, maxHops: 4 },
  hops: PAIRS.map((item) => PAIRS.map((other) => graph.hopsBetween(item, other, 4))),
  items: PAIRS,
}
