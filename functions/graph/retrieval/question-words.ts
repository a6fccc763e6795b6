const wordsOf = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/))

/**
 * Words of a question that say how it is asked and not what about: interrogatives, auxiliaries and pronouns. Few texts
 * have them, so BM25 takes them for rare words that matter. An English list: a word of another language that is written
 * like one of them is lost.
 */
const QUESTION_WORDS = wordsOf(
  `what which who whom whose where when why how
  am been being do does did done doing have has had having can could should would may might must shall
  i me my mine we our ours you your yours he him his she her hers them us its
  any anyone anybody anything some someone something please there also so than too very about from`,
)
/** Every text has these, or the index drops them: they count nothing beside a word that is left. */
const COMMON_WORDS = wordsOf(
  `a an and are as at be but by for if in into is it no not of on or such that the their then these they this to was
  were will with`,
)
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’]\p{L}+)?/gu

const plainOf = (word: string): string => word.toLowerCase().replace(/['’]\p{L}+$/u, '')

/** A question without its question words; unchanged if they and common words are all that it has. */
export function withoutQuestionWords(question: string): string {
  const words = (question.match(WORD) ?? []).map(plainOf)
  if (words.every((word) => QUESTION_WORDS.has(word) || COMMON_WORDS.has(word))) return question
  return question
    .replace(WORD, (word) => (QUESTION_WORDS.has(plainOf(word)) ? ' ' : word))
    .replace(/\s+/gu, ' ')
    .trim()
}
