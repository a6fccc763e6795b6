import { InvalidInput } from '../../core/errors.ts'

/** What a clause does: it scores, every hit has it, or no hit has it. */
type Sign = 'optional' | 'required' | 'excluded'

/** One clause of a query text. `text` is as typed, without the operators. */
export type Clause = { sign: Sign; text: string } & (
  | { kind: 'words' }
  | { kind: 'phrase' }
  | { kind: 'prefix' }
  | { kind: 'fuzzy'; maxEdits: 1 | 2 }
)

/** UTF-16 code units of a query text. */
export const MAX_QUERY_LENGTH = 10_000

const SIGNS: Readonly<Record<string, Sign>> = { '+': 'required', '-': 'excluded' }
/** A sign is one only before a word or a phrase, so that `->`, `--x` and `- x` stay text. */
const CLAUSE = /(?<sign>[+-](?=[\p{L}\p{M}\p{N}"]))?(?:"(?<phrase>[^"]*)"|(?<word>\S+))/gu
const PREFIX = /^(?<text>[^*~"]+)\*$/u
const FUZZY = /^(?<text>[^*~"]+)~(?<edits>[12]?)$/u

function parseWord(sign: Sign, word: string): Clause {
  const prefix = PREFIX.exec(word)
  if (prefix) return { sign, kind: 'prefix', text: prefix.groups!['text']! }
  const fuzzy = FUZZY.exec(word)
  if (!fuzzy) return { sign, kind: 'words', text: word }
  const { text, edits } = fuzzy.groups!
  return { sign, kind: 'fuzzy', text: text!, maxEdits: edits === '1' ? 1 : 2 }
}

/**
 * Parses a query text: words, `"a phrase"`, `prefix*`, `fuzzy~`, `fuzzy~1`, `-excluded`, `+required`. All
 * other text is words. Words in a row without a sign are one clause, with the text between them, since
 * an analyzer may make one term of them. Throws InvalidInput beyond MAX_QUERY_LENGTH, for nothing else.
 */
export function parseQuery(query: string): Clause[] {
  if (query.length > MAX_QUERY_LENGTH)
    throw new InvalidInput(
      `query: ${query.length} characters, at most ${MAX_QUERY_LENGTH} are allowed`,
    )
  const clauses: Clause[] = []
  /** Where the last clause begins, if further words can join it. */
  let wordsFrom = -1
  for (const { index, 0: found, groups } of query.matchAll(CLAUSE)) {
    const sign = SIGNS[groups!['sign'] ?? ''] ?? 'optional'
    const { phrase, word } = groups!
    const clause: Clause =
      phrase === undefined ? parseWord(sign, word!) : { sign, kind: 'phrase', text: phrase }
    const isPlain = clause.kind === 'words' && sign === 'optional'
    if (isPlain && wordsFrom >= 0)
      clauses.at(-1)!.text = query.slice(wordsFrom, index + found.length)
    else {
      clauses.push(clause)
      wordsFrom = isPlain ? index : -1
    }
  }
  return clauses
}
