import { seededUniform } from '../../../functions/math/random.ts'
import type { JudgedCollection, JudgedQuery } from './judged.ts'
import { type Document, englishFields } from './our-index.ts'
import { inflect, makeStem, openWords, pick } from './vocabulary.ts'

/**
 * Seeded abstracts, as many as the Cranfield collection has documents and queries. An abstract is about one
 * topic in the main and about another beside it; its other words are of any topic or of the language. A
 * query has words of its topic in other forms, and others. The share of words about the query's topic is the
 * grade.
 */

const DOCUMENTS = 1400
const TOPICS = 225
const TOPIC_STEMS = 30
const TITLE_WORDS = 10
const LEAST_WORDS = 60
const MORE_WORDS = 140
/** Shares of an abstract's words. */
const LEAST_MAIN_SHARE = 0.04
const MORE_MAIN_SHARE = 0.16
const MOST_BESIDE_SHARE = 0.08
const ANY_TOPIC_SHARE = 0.25
/** Grades 1, 2 and 3 begin at these shares. */
const GRADE_SHARES = [0.05, 0.09, 0.14]
/** Words of a query: about its topic, of any topic, of the language. */
const QUERY_WORDS = [3, 4, 4] as const

const gradeOf = (share: number): number => GRADE_SHARES.filter((least) => share >= least).length

export function topicCollection(): JudgedCollection {
  const uniform = seededUniform(4)
  const drawWord = openWords(uniform)
  const topics = Array.from({ length: TOPICS }, () =>
    Array.from({ length: TOPIC_STEMS }, () => makeStem(uniform, 2)),
  )
  /** A topic's first stems are the most frequent. */
  const wordAbout = (topic: number): string =>
    inflect(uniform, topics[topic]![Math.floor(TOPIC_STEMS * uniform() ** 2)]!)
  const wordOfAnyTopic = (): string => inflect(uniform, pick(uniform, pick(uniform, topics)))
  const anyTopic = (): number => Math.floor(uniform() * TOPICS)

  const grades = topics.map(() => new Map<string, number>())
  const documents = Array.from({ length: DOCUMENTS }, (_, n): Document<'title' | 'text'> => {
    const [main, beside] = [anyTopic(), anyTopic()]
    const mainShare = LEAST_MAIN_SHARE + MORE_MAIN_SHARE * uniform()
    const besideShare = MOST_BESIDE_SHARE * uniform()
    const id = `abstract-${n}`
    for (const [topic, share] of [
      [beside, besideShare],
      [main, mainShare],
    ] as const)
      if (gradeOf(share) > 0) grades[topic]!.set(id, gradeOf(share))
    const word = (): string => {
      const place = uniform()
      if (place < mainShare) return wordAbout(main)
      if (place < mainShare + besideShare) return wordAbout(beside)
      return place < mainShare + besideShare + ANY_TOPIC_SHARE ? wordOfAnyTopic() : drawWord()
    }
    const words = (count: number): string => Array.from({ length: count }, word).join(' ')
    const text = words(LEAST_WORDS + Math.floor(MORE_WORDS * uniform()))
    return { id, fields: { title: words(TITLE_WORDS), text } }
  })
  const [about, any, others] = QUERY_WORDS
  const queries = topics.map((_, topic): JudgedQuery => {
    const words = [
      ...Array.from({ length: about }, () => wordAbout(topic)),
      ...Array.from({ length: any }, wordOfAnyTopic),
      ...Array.from({ length: others }, drawWord),
    ]
    return { text: words.join(' '), grades: grades[topic]! }
  })
  const definition = englishFields({ title: 1, text: 1 })
  return { name: 'topics', definition, documents, queries, relevantFrom: 1 }
}
