import type { FindAlternatives } from '../analysis/query-synonyms.ts'
import type { Analyze, Token } from '../analysis/token.ts'
import type { Condition, Group, Leaf } from './query-tree.ts'

/** How a field reads query texts. */
export interface FieldAnalysis {
  field: string
  analyze: Analyze
  /** For the beginning of a word. */
  analyzePrefix: Analyze
  findAlternatives: FindAlternatives
}

/** A group of a field, with the index of the first and after the last token that it stands for. */
interface TokenGroup extends Group<Leaf> {
  from: number
  to: number
}

/** A word of a text, by UTF-16 offsets; `end` is not included. */
export interface Word {
  start: number
  end: number
}
export const wordsOf = (text: string): Word[] =>
  Array.from(text.matchAll(/\S+/g), ({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
  }))

/** A term or a phrase. */
export function phraseLeaf(
  field: string,
  terms: readonly string[],
  places: readonly number[],
): Leaf {
  return terms.length === 1
    ? { field, kind: 'term', term: terms[0]! }
    : { field, kind: 'phrase', terms, places }
}

/** Tokens that have synonyms are one group; each other token is one. */
function groupTokens(
  { field, findAlternatives }: FieldAnalysis,
  tokens: readonly Token[],
): TokenGroup[] {
  const found = findAlternatives(tokens)
  const groups: TokenGroup[] = []
  let next = 0
  for (let from = 0; from < tokens.length; from = groups.at(-1)!.to) {
    const others: typeof found = []
    while (found[next]?.from === from) others.push(found[next++]!)
    const to = others[0]?.to ?? from + 1
    const own = tokens.slice(from, to).map(({ term }): Leaf => ({ field, kind: 'term', term }))
    const alternatives = others.map(({ terms, places }) => phraseLeaf(field, terms, places))
    groups.push({ field, times: 1, own, alternatives, from, to })
  }
  return groups
}

/** A text in one field. */
export interface FieldText {
  groups: Group<Leaf>[]
  /** By word: the field has all tokens of it, or synonyms of them. Null: the analysis dropped the word. */
  conditions: (Condition<Leaf> | null)[]
}

/** `keep` returns the group that stands for an equal one. */
export function readText(
  analysis: FieldAnalysis,
  text: string,
  words: readonly Word[],
  keep: (group: Group<Leaf>) => Group<Leaf>,
): FieldText {
  const tokens = analysis.analyze(text)
  const groups = groupTokens(analysis, tokens).map(({ from, to, ...group }) => ({
    tokens: tokens.slice(from, to),
    group: keep(group),
  }))
  const conditions: (Condition<Leaf> | null)[] = []
  let first = 0
  for (const word of words) {
    const isOf = ({ start, end }: Token): boolean => start < word.end && end > word.start
    // Tokens are in the order of the text, so a group that ends before this word is of no later one.
    while (first < groups.length && groups[first]!.tokens.at(-1)!.end <= word.start) first++
    const all: Condition<Leaf>[] = []
    for (let i = first; i < groups.length && groups[i]!.tokens[0]!.start < word.end; i++) {
      const { group, tokens: own } = groups[i]!
      const leaves = group.own.filter((_, n) => isOf(own[n]!)).map((leaf) => ({ leaf }))
      const others = group.alternatives.map((leaf) => ({ leaf }))
      if (leaves.length > 0) all.push({ any: [{ all: leaves }, ...others] })
    }
    conditions.push(all.length > 0 ? { all } : null)
  }
  return { groups: groups.map(({ group }) => group), conditions }
}
