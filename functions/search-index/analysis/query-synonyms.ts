import type { SearchDefinition } from '../../contract/search.ts'
import type { Analyzers } from './analyzer.ts'
import type { Analyze, Token } from './token.ts'

/** A term, or a phrase of several terms; `places` are their positions from that of the first one. */
interface Phrase {
  terms: readonly string[]
  /** 0, 1, 2, … but where the analyzer dropped a stop word in between. */
  places: readonly number[]
}

/** What may stand in a document in place of the query's tokens from index `from` to `to` (not included). */
interface Alternative extends Phrase {
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

/** All phrases by their terms in order: an edge is the step from the term before, and the term. */
interface Node {
  next: Map<string, Node> | null
  /** Indexes of the lists that have the phrase that ends here. */
  lists: number[] | null
}
const createNode = (): Node => ({ next: null, lists: null })

function nodeOf(root: Node, { terms, places }: Phrase): Node {
  let node = root
  for (const [n, term] of terms.entries()) {
    const edge = `${places[n]! - (places[n - 1] ?? 0)} ${term}`
    const next = node.next?.get(edge) ?? createNode()
    node.next ??= new Map()
    node.next.set(edge, next)
    node = next
  }
  return node
}

interface Found {
  to: number
  lists: readonly number[]
}

/** The longest phrase of any list that begins at the token `from`. */
function findLongest(root: Node, tokens: readonly Token[], from: number): Found | null {
  let found: Found | null = null
  let node: Node | undefined = root
  for (let at = from; at < tokens.length; at++) {
    const { term, position } = tokens[at]!
    const step = at === from ? 0 : position - tokens[at - 1]!.position
    node = node.next?.get(`${step} ${term}`)
    if (node === undefined) break
    if (node.lists !== null) found = { to: at + 1, lists: node.lists }
  }
  return found
}

/** The lists of a definition as one analyzer sees them. */
class SynonymLists {
  readonly #lists: readonly (readonly string[])[]
  readonly #analyze: Analyze
  readonly #root = createNode()

  constructor(lists: readonly (readonly string[])[], analyze: Analyze) {
    this.#lists = lists
    this.#analyze = analyze
    for (const index of lists.keys()) {
      const phrases = this.#phrasesOf(index)
      for (const phrase of phrases.size > 1 ? phrases.values() : []) {
        const node = nodeOf(this.#root, phrase)
        node.lists ??= []
        node.lists.push(index)
      }
    }
  }

  /** By key, so that words that the analyzer makes equal count once. Without those of which it leaves nothing. */
  #phrasesOf(list: number): Map<string, Phrase> {
    const phrases = this.#lists[list]!.map((text) => phraseOf(this.#analyze(text)))
    return new Map(
      phrases.filter(({ terms }) => terms.length > 0).map((phrase) => [keyOf(phrase), phrase]),
    )
  }

  findAlternatives(tokens: readonly Token[]): Alternative[] {
    const alternatives: Alternative[] = []
    for (let from = 0; from < tokens.length; ) {
      const found = findLongest(this.#root, tokens, from)
      const to = found?.to ?? from + 1
      const others = new Map(found?.lists.flatMap((list) => [...this.#phrasesOf(list)]))
      others.delete(keyOf(phraseOf(tokens.slice(from, to))))
      for (const phrase of others.values()) alternatives.push({ from, to, ...phrase })
      from = to
    }
    return alternatives
  }
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
  const made = new Map<Analyze, SynonymLists>()
  const listsOf = (analyze: Analyze): SynonymLists => {
    const lists = made.get(analyze) ?? new SynonymLists(synonyms, analyze)
    made.set(analyze, lists)
    return lists
  }
  return Object.fromEntries(
    Object.entries(analyzers).map(([field, analyze]) => [
      field,
      (tokens: readonly Token[]) => listsOf(analyze).findAlternatives(tokens),
    ]),
  )
}
