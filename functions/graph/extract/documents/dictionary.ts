import { isJoint, type Word, wordsOf } from './words.ts'

/** A name of a known entity. */
export interface Name {
  name: string
  entity: string
}

/** An entity that a text names. */
export interface Mention {
  entity: string
  fromChar: number
  throughChar: number
  /** Entities that have the name. */
  sharedBy: number
}

/** A step of a name: the next words, and the entities whose names end here, in code-unit order. */
interface Step {
  next: Map<string, Step>
  entities: string[]
}
export interface Dictionary {
  first: Step
  /** Names that are not looked for: too short, too long, or of too many entities. */
  skipped: number
}

const MAX_NAME_WORDS = 12
/** A shorter name is found everywhere. */
const MIN_NAME = 2
/** A name of more entities says of none that it is meant. */
const MAX_SHARED = 8

const newStep = (): Step => ({ next: new Map(), entities: [] })

/** Names by their folded words. The same names in any order give the same dictionary. Memory: 200 bytes a word. */
export function buildDictionary(names: Iterable<Name>): Dictionary {
  const dictionary: Dictionary = { first: newStep(), skipped: 0 }
  const ends = new Set<Step>()
  for (const { name, entity } of names) {
    const words = [...wordsOf(name.slice(0, 1000))].map(({ folded }) => folded)
    if (words.length === 0 || words.length > MAX_NAME_WORDS || words.join('').length < MIN_NAME) {
      dictionary.skipped++
      continue
    }
    let step = dictionary.first
    for (const word of words) {
      const next = step.next.get(word) ?? newStep()
      step.next.set(word, next)
      step = next
    }
    step.entities.push(entity)
    ends.add(step)
  }
  for (const step of ends) {
    step.entities = [...new Set(step.entities)].sort()
    if (step.entities.length <= MAX_SHARED) continue
    step.entities = []
    dictionary.skipped++
  }
  return dictionary
}

/** The longest name that starts at a word: the number of its words, and its entities. */
function longestAt(text: string, words: readonly Word[], at: number, { first }: Dictionary) {
  let step: Step | undefined = first
  let found = { length: 0, entities: [] as readonly string[] }
  for (let n = at; n < words.length; n++) {
    const before = words[n - 1]
    if (n > at && !isJoint(before!, text.slice(before!.throughChar, words[n]!.fromChar))) break
    step = step.next.get(words[n]!.folded)
    if (!step) break
    if (step.entities.length > 0) found = { length: n - at + 1, entities: step.entities }
  }
  return found
}

/**
 * The names in a text, from left to right, the longest first; case, width and accents do not matter. Names do not
 * overlap. A name of several entities is a mention of each. O(words × 12).
 */
export function findMentions(text: string, dictionary: Dictionary): Mention[] {
  const words = [...wordsOf(text)]
  const mentions: Mention[] = []
  for (let at = 0; at < words.length; ) {
    const { length, entities } = longestAt(text, words, at, dictionary)
    for (const entity of entities) {
      const { fromChar } = words[at]!
      const { throughChar } = words[at + length - 1]!
      mentions.push({ entity, fromChar, throughChar, sharedBy: entities.length })
    }
    at += Math.max(1, length)
  }
  return mentions
}

/** The words of a phrase as one text: phrases are compared by it. */
export const foldPhrase = (text: string): string =>
  [...wordsOf(text)].map(({ folded }) => folded).join(' ')
