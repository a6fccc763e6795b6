import type { SearchDefinition } from '../../contract/search.ts'
import type { Analyzers } from './analyzer.ts'
import type { Analyze, Token } from './token.ts'

/** A term, or a phrase of several terms; `places` are their positions from that of the first one. */
export interface Phrase {
  terms: readonly string[]
  /** 0, 1, 2, … but where the analyzer dropped a stop word in between. */
  places: readonly number[]
}

/** What may stand in a document in place of the query's tokens from index `from` to `to` (not included). */
export interface Alternative extends Phrase {
  from: number
  to: number
}

/**
 * The alternatives of a query's tokens in one field. Spans are those of Lucene's SynonymGraphFilter: from
 * left to right, at each token the longest word or phrase of any list, and no two spans overlap. All lists
 * with that phrase count, and their other words or phrases are its alternatives, in their order, once each.
 *
 * An evaluator makes one clause of a span: it holds where the span's own tokens do or any alternative does,
 * and its score is the greatest of these, so that a document with two synonyms does not count double.
 */
export type FindAlternatives = (tokens: readonly Token[]) => Alternative[]

function phraseOf(tokens: readonly Token[]): Phrase {
  const first = tokens[0]?.position ?? 0
  return {
    terms: tokens.map(({ term }) => term),
    places: tokens.map(({ position }) => position - first),
  }
}

/** Terms can hold any character, so their lengths stand before them. */
const keyOf = ({ terms, places }: Phrase): string =>
  terms.map((term, n) => `${places[n]} ${term.length} ${term}`).join('')

/** The words and phrases of one list, by their keys. */
type Equals = ReadonlyMap<string, Phrase>

/** All phrases by their terms in order: an edge is the step from the term before, and the term. */
interface Node {
  next: Map<string, Node>
  /** The lists that have the phrase that ends here. */
  lists: Equals[]
}
const createNode = (): Node => ({ next: new Map(), lists: [] })

function nodeOf(root: Node, { terms, places }: Phrase): Node {
  let node = root
  for (const [n, term] of terms.entries()) {
    const edge = `${places[n]! - (places[n - 1] ?? 0)} ${term}`
    const next = node.next.get(edge) ?? createNode()
    node.next.set(edge, next)
    node = next
  }
  return node
}

/** Words of a list that an analyzer makes equal count once; those of which it leaves nothing, not at all. */
function addList(root: Node, texts: readonly string[], analyze: Analyze): void {
  const phrases = texts.map((text) => phraseOf(analyze(text)))
  const equals = new Map(
    phrases.filter(({ terms }) => terms.length > 0).map((phrase) => [keyOf(phrase), phrase]),
  )
  if (equals.size > 1) for (const phrase of equals.values()) nodeOf(root, phrase).lists.push(equals)
}

interface Found {
  to: number
  lists: readonly Equals[]
}

/** The longest phrase of any list that begins at the token `from`. */
function findLongest(root: Node, tokens: readonly Token[], from: number): Found | null {
  let found: Found | null = null
  let node: Node | undefined = root
  for (let at = from; at < tokens.length; at++) {
    const { term, position } = tokens[at]!
    const step = at === from ? 0 : position - tokens[at - 1]!.position
    node = node.next.get(`${step} ${term}`)
    if (node === undefined) break
    if (node.lists.length > 0) found = { to: at + 1, lists: node.lists }
  }
  return found
}

function findAlternatives(root: Node, tokens: readonly Token[]): Alternative[] {
  const alternatives: Alternative[] = []
  for (let from = 0; from < tokens.length; ) {
    const found = findLongest(root, tokens, from)
    const to = found?.to ?? from + 1
    const others = new Map(found?.lists.flatMap((equals) => [...equals]))
    others.delete(keyOf(phraseOf(tokens.slice(from, to))))
    for (const phrase of others.values()) alternatives.push({ from, to, ...phrase })
    from = to
  }
  return alternatives
}

/**
 * For each field, its function from a query's tokens to their alternatives, by the definition's
 * `synonyms`. The lists pass the field's own analyzer, once for all fields that share it, when it is first
 * asked.
 */
export function createSynonyms(
  { synonyms }: Pick<SearchDefinition, 'synonyms'>,
  analyzers: Analyzers,
): Readonly<Record<string, FindAlternatives>> {
  const roots = new Map<Analyze, Node>()
  const rootOf = (analyze: Analyze): Node => {
    let root = roots.get(analyze)
    if (root === undefined) {
      root = createNode()
      for (const texts of synonyms) addList(root, texts, analyze)
      roots.set(analyze, root)
    }
    return root
  }
  return Object.fromEntries(
    Object.entries(analyzers).map(([field, analyze]) => [
      field,
      (tokens: readonly Token[]) => findAlternatives(rootOf(analyze), tokens),
    ]),
  )
}
