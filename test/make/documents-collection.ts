import type { ChunkFacts, RetrievalPorts } from '../../functions/graph/retrieval/ports.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { makeWord } from './documents.ts'

interface MadeQuery {
  text: string
  /** Grades of chunks: 2 with both concepts of the query in focus, 1 with one. */
  grades: ReadonlyMap<string, number>
}
export interface MadeCollection {
  chunks: ChunkFacts[]
  queries: MadeQuery[]
  /** Synonyms that a graph knows. */
  synonyms: ReadonlyMap<string, readonly string[]>
}

const [SUBJECTS, CONCEPTS, SYNONYMS, COMMON] = [30, 12, 3, 800]

/**
 * A seeded collection with a mismatch of words: each of 30 subjects has 12 concepts, each concept three synonyms, and a text uses
 * one of them. A query names two concepts by any of their synonyms, and a common word. The graph knows 60 % of synonyms.
 */
export function makeCollection(seed: number, size: number, queries: number): MadeCollection {
  const uniform = seededUniform(seed)
  const below = (n: number): number => Math.floor(uniform() * n)
  const used = new Set<string>()
  const word = (): string => {
    for (;;) {
      const made = makeWord(uniform) + makeWord(uniform)
      if (!used.has(made)) {
        used.add(made)
        return made
      }
    }
  }
  const common = Array.from({ length: COMMON }, word)
  const commonWord = (): string => common[Math.floor(COMMON ** uniform()) - 1]!
  const subjects = Array.from({ length: SUBJECTS }, () =>
    Array.from({ length: CONCEPTS }, () => Array.from({ length: SYNONYMS }, word)),
  )
  const focusOf = new Map<string, { subject: number; focus: Set<number> }>()
  const chunks = Array.from({ length: size }, (_, i): ChunkFacts => {
    const subject = below(SUBJECTS)
    const focus = [below(CONCEPTS), below(CONCEPTS), below(CONCEPTS)]
    const chosen = subjects[subject]!.map((names) => names[below(SYNONYMS)]!)
    const words = Array.from({ length: 90 }, () => {
      const draw = uniform()
      if (draw < 0.22) return chosen[focus[below(3)]!]!
      return draw < 0.3 ? chosen[below(CONCEPTS)]! : commonWord()
    })
    const id = `c${i}`
    focusOf.set(id, { subject, focus: new Set(focus) })
    const text = words.join(' ')
    return { id, documentId: `d${i}`, headings: [], text, start: 0, end: text.length }
  })
  const synonyms = new Map<string, string[]>()
  for (const names of subjects.flat())
    for (const name of names)
      if (uniform() < 0.6)
        synonyms.set(
          name,
          names.filter((other) => other !== name),
        )
  const asked = Array.from({ length: queries }, (): MadeQuery => {
    const subject = below(SUBJECTS)
    const a = below(CONCEPTS)
    const b = (a + 1 + below(CONCEPTS - 1)) % CONCEPTS
    const grades = new Map<string, number>()
    for (const [id, one] of focusOf) {
      const grade = Number(one.focus.has(a)) + Number(one.focus.has(b))
      if (one.subject === subject && grade > 0) grades.set(id, grade)
    }
    const name = (concept: number): string => subjects[subject]![concept]![below(SYNONYMS)]!
    return { text: [name(a), name(b), commonWord()].join(' '), grades }
  })
  return { chunks, queries: asked.filter(({ grades }) => grades.size > 0), synonyms }
}

/** Facts of chunks by id. */
export const chunksPort =
  (chunks: readonly ChunkFacts[]): RetrievalPorts['chunks'] =>
  async (ids) =>
    ids.map((id) => chunks.find((chunk) => chunk.id === id) ?? null)
