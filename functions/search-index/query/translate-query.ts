import { InvalidInput } from '../../core/errors.ts'
import type { Analyze } from '../analysis/token.ts'
import { type FieldAnalysis, phraseLeaf, readText, wordsOf } from './field-text.ts'
import type { Clause } from './parse.ts'
import { type Condition, type Group, type Leaf, leavesOf, type QueryTree } from './query-tree.ts'

/** Distinct leaves of a query: terms, phrases, prefixes and fuzzy words, each once a field. As Lucene's limit. */
const MAX_CLAUSES = 1024
/** Prefixes and fuzzy words of a query: each one reads many terms of each field, up to whole dictionaries. */
const MAX_PATTERNS = 16

/** What has been translated so far. Equal groups are one, which counts as often as it was typed. */
interface Translation {
  groups: Map<string, Group<Leaf>>
  required: Map<string, Condition<Leaf>>
  excluded: Map<string, Condition<Leaf>>
}

const NO_WORDS: readonly never[] = []

function keepGroup({ groups }: Translation, group: Group<Leaf>): Group<Leaf> {
  const key = JSON.stringify([group.own, group.alternatives])
  const known = groups.get(key)
  if (known) known.times += group.times
  else groups.set(key, group)
  return known ?? group
}

/** A word with an operator in one field, or null where the analysis makes none or several terms of it. */
function patternLeaf(
  { field, analyze, analyzePrefix }: FieldAnalysis,
  clause: Clause & { kind: 'prefix' | 'fuzzy' },
): Leaf | null {
  const wholeTerm = (read: Analyze): string | null => {
    const [token, ...others] = read(clause.text)
    const isWhole = token?.start === 0 && token.end === clause.text.length && others.length === 0
    return isWhole ? token.term : null
  }
  const term = wholeTerm(analyze)
  if (clause.kind === 'fuzzy')
    return term === null ? null : { field, kind: 'fuzzy', term, maxEdits: clause.maxEdits }
  const prefix = wholeTerm(analyzePrefix)
  return prefix === null ? null : { field, kind: 'prefix', prefix, term }
}

function phraseOf({ field, analyze }: FieldAnalysis, text: string): Leaf | null {
  const tokens = analyze(text)
  if (tokens.length === 0) return null
  const places = tokens.map(({ position }) => position - tokens[0]!.position)
  return phraseLeaf(
    field,
    tokens.map(({ term }) => term),
    places,
  )
}

/** The leaf of a phrase, prefix or fuzzy word in one field; null where the field reads words instead. */
function leafOf(analysis: FieldAnalysis, clause: Clause): Leaf | null {
  if (clause.kind === 'words') return null
  if (clause.kind === 'phrase') return phraseOf(analysis, clause.text)
  return patternLeaf(analysis, clause)
}

/** A leaf as a group: similar terms are alternatives, so that the best one counts. */
const groupOf = (leaf: Leaf): Group<Leaf> =>
  leaf.kind === 'fuzzy'
    ? { field: leaf.field, times: 1, own: NO_WORDS, alternatives: [leaf] }
    : { field: leaf.field, times: 1, own: [leaf], alternatives: NO_WORDS }

/**
 * Conditions of a clause's words: any field has the word. Null for a word that the analysis of some field
 * drops: another field may keep it, but it cannot be asked of every hit.
 */
function conditionsOf(
  fields: readonly FieldAnalysis[],
  clause: Clause,
  keep: (group: Group<Leaf>) => Group<Leaf>,
): { anywhere: Condition<Leaf>; isDropped: boolean }[] {
  const words =
    clause.kind === 'words' ? wordsOf(clause.text) : [{ start: 0, end: clause.text.length }]
  const byField = fields.map((analysis) => {
    const leaf = leafOf(analysis, clause)
    if (!leaf)
      return clause.kind === 'phrase'
        ? [null]
        : readText(analysis, clause.text, words, keep).conditions
    const group = keep(groupOf(leaf))
    return [{ leaf: group.own[0] ?? group.alternatives[0]! }]
  })
  return words.map((_, word) => {
    const conditions = byField.map((own) => own[word]!)
    const kept = conditions.filter((condition) => condition !== null)
    return { anywhere: { any: kept }, isDropped: kept.length < conditions.length }
  })
}

function addClause(
  translation: Translation,
  fields: readonly FieldAnalysis[],
  clause: Clause,
  isAnd: boolean,
): void {
  const { required, excluded } = translation
  if (clause.sign === 'excluded') {
    const own: Translation = { ...translation, groups: new Map() }
    const literal = fields.map((field) => ({ ...field, findAlternatives: () => [] }))
    for (const { anywhere } of conditionsOf(literal, clause, (group) => keepGroup(own, group)))
      excluded.set(JSON.stringify(anywhere), anywhere)
    return
  }
  const conditions = conditionsOf(fields, clause, (group) => keepGroup(translation, group))
  if (isAnd || clause.sign === 'required')
    for (const { anywhere, isDropped } of conditions)
      if (!isDropped) required.set(JSON.stringify(anywhere), anywhere)
}

/** The number of distinct leaves. */
function countLeaves({ groups, excluded }: Translation): number {
  const leaves: Leaf[] = []
  for (const { own, alternatives } of groups.values()) leaves.push(...own, ...alternatives)
  for (const condition of excluded.values()) leaves.push(...leavesOf(condition))
  if (leaves.length <= MAX_CLAUSES) return leaves.length
  return new Set(leaves.map((leaf) => JSON.stringify(leaf))).size
}

function checkPatterns(clauses: readonly Clause[]): void {
  const found = clauses.filter(({ kind }) => kind === 'prefix' || kind === 'fuzzy').length
  if (found > MAX_PATTERNS)
    throw new InvalidInput(
      `query: ${found} prefixes and fuzzy words, at most ${MAX_PATTERNS} are allowed`,
    )
}

/**
 * What the clauses of a query ask of each field. With `isAnd`, every word is required. Throws InvalidInput
 * beyond MAX_CLAUSES or MAX_PATTERNS.
 */
export function translateQuery(
  clauses: readonly Clause[],
  fields: readonly FieldAnalysis[],
  isAnd: boolean,
): QueryTree<Leaf> {
  checkPatterns(clauses)
  const translation: Translation = {
    groups: new Map(),
    required: new Map(),
    excluded: new Map(),
  }
  for (const clause of clauses) addClause(translation, fields, clause, isAnd)
  const found = countLeaves(translation)
  if (found > MAX_CLAUSES)
    throw new InvalidInput(
      `query: ${found} distinct clauses after analysis (${fields.length} fields), at most ${MAX_CLAUSES} are allowed`,
    )
  return {
    groups: [...translation.groups.values()],
    required: [...translation.required.values()],
    excluded: [...translation.excluded.values()],
    matchesAll: clauses.every(({ sign }) => sign === 'excluded'),
  }
}
