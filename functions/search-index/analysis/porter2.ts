/**
 * The English stemmer of Snowball, known as Porter2 (M. Porter, "The English (Porter2) stemming
 * algorithm", snowballstem.org). The steps have the names of that page. Words are in lower case; within
 * the steps a `Y` is a y that counts as a consonant.
 */

/** By code unit: 1 for a, e, i, o, u and y. */
const VOWELS = new Uint8Array(128)
for (const letter of 'aeiouy') VOWELS[letter.charCodeAt(0)] = 1

/** Whether a vowel stands at an offset of the word. */
const isVowelAt = (word: string, at: number): boolean => VOWELS[word.charCodeAt(at)] === 1

/** Words that the steps would stem badly, with their stems. */
const SPECIAL_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ skis: 'ski', skies: 'sky', idly: 'idl', gently: 'gentl', ugly: 'ugli', early: 'earli' },
    ...{ only: 'onli', singly: 'singl', sky: 'sky', news: 'news', howe: 'howe', atlas: 'atlas' },
    ...{ cosmos: 'cosmos', bias: 'bias', andes: 'andes' },
  }),
)

/** Beginnings after which the region R1 starts, wherever the vowels are. */
const R1_PREFIX = /^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)/
const KEPT_ING: ReadonlySet<string> = new Set(
  'inning outing canning herring earring evening'.split(' '),
)
const KEPT_EED: ReadonlySet<string> = new Set(['proceed', 'exceed', 'succeed'])

interface Rule {
  suffix: string
  replacement: string
}

/**
 * Rules as `suffix-replacement` texts, by the last letter of the suffix and the longest first: the first
 * suffix that a word ends in is the rule of the word, whether or not it can be applied.
 */
function arrangeRules(texts: string): ReadonlyMap<string, readonly Rule[]> {
  const rules = texts.split(' ').map((text) => {
    const [suffix, replacement] = text.split('-') as [string, string]
    return { suffix, replacement }
  })
  rules.sort((a, b) => b.suffix.length - a.suffix.length)
  const byLast = new Map<string, Rule[]>()
  for (const rule of rules) {
    const last = rule.suffix.at(-1)!
    byLast.set(last, [...(byLast.get(last) ?? []), rule])
  }
  return byLast
}
const findRule = (rules: ReadonlyMap<string, readonly Rule[]>, word: string): Rule | undefined =>
  rules.get(word[word.length - 1]!)?.find(({ suffix }) => word.endsWith(suffix))

const STEP_2 = arrangeRules(
  'tional-tion enci-ence anci-ance abli-able entli-ent izer-ize ization-ize ational-ate ation-ate ' +
    'ator-ate alism-al aliti-al alli-al fulness-ful ousli-ous ousness-ous iveness-ive iviti-ive ' +
    'biliti-ble bli-ble ogist-og ogi-og fulli-ful lessli-less li-',
)
const STEP_3 = arrangeRules(
  'tional-tion ational-ate alize-al icate-ic iciti-ic ical-ic ful- ness- ative-',
)
const STEP_4 = arrangeRules(
  'al- ance- ence- er- ic- able- ible- ant- ement- ment- ent- ism- ate- iti- ous- ive- ize- ion-',
)

/** Where R1 and R2 start. They stay where they are while the word gets shorter. */
interface Regions {
  r1: number
  r2: number
}

/** The offset after the first consonant that follows a vowel, from `from` on; or the length of the word. */
function afterVowelConsonant(word: string, from: number): number {
  let at = from
  while (at < word.length && !isVowelAt(word, at)) at++
  while (at < word.length && isVowelAt(word, at)) at++
  return Math.min(at + 1, word.length)
}

function findRegions(word: string): Regions {
  const r1 = R1_PREFIX.exec(word)?.[0].length ?? afterVowelConsonant(word, 0)
  return { r1, r2: afterVowelConsonant(word, r1) }
}

/** Marks each y that counts as a consonant: the first letter of the word, or after a vowel. */
function markConsonantY(word: string): string {
  let marked = ''
  // The first letter is a consonant, as after a vowel.
  let isAfterVowel: boolean = true
  for (let at = 0; at < word.length; at++) {
    const isConsonant: boolean = word[at] === 'y' && isAfterVowel
    marked += isConsonant ? 'Y' : word[at]
    isAfterVowel = !isConsonant && isVowelAt(word, at)
  }
  return marked
}

/** Whether the first `length` letters end in a short syllable. That of `past` counts as one. */
function endsInShortSyllable(word: string, length: number): boolean {
  if (word.endsWith('past', length)) return true
  if (length < 2 || isVowelAt(word, length - 1) || !isVowelAt(word, length - 2)) return false
  if (length === 2) return true
  return !isVowelAt(word, length - 3) && !'wxY'.includes(word[length - 1]!)
}

/** Whether there is a vowel before the offset `end`. */
function hasVowelBefore(word: string, end: number): boolean {
  for (let at = 0; at < end; at++) if (isVowelAt(word, at)) return true
  return false
}

const withoutLast = (word: string, count: number): string => word.slice(0, word.length - count)

/** Steps 0 and 1a: the apostrophe and the plural. */
function step1a(given: string): string {
  const word = given.includes("'") ? given.replace(/'(?:s'?)?$/, '') : given
  if (word.endsWith('sses')) return withoutLast(word, 2)
  if (word.endsWith('ied') || word.endsWith('ies'))
    return withoutLast(word, word.length > 4 ? 2 : 1)
  if (!word.endsWith('s') || word.endsWith('us') || word.endsWith('ss')) return word
  return hasVowelBefore(word, word.length - 2) ? withoutLast(word, 1) : word
}

/** The longest first. */
const STEP_1B_SUFFIXES = ['eedly', 'ingly', 'edly', 'eed', 'ing', 'ed']

/** Step 1b: the past tense and the gerund. */
function step1b(word: string, { r1 }: Regions): string {
  const suffix = STEP_1B_SUFFIXES.find((ending) => word.endsWith(ending))
  if (suffix === undefined || KEPT_ING.has(word)) return word
  const stem = withoutLast(word, suffix.length)
  if (suffix.startsWith('eed')) return stem.length >= r1 && !KEPT_EED.has(word) ? `${stem}ee` : word
  if (suffix === 'ing' && stem.length === 2 && stem[1] === 'y' && !isVowelAt(stem, 0))
    return `${stem[0]}ie`
  if (!hasVowelBefore(stem, stem.length)) return word
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem))
    return stem.length === 3 && 'aeo'.includes(stem[0]!) ? stem : withoutLast(stem, 1)
  return stem.length === r1 && endsInShortSyllable(stem, stem.length) ? `${stem}e` : stem
}

/** Step 1c: y after a consonant that is not the first letter. */
const step1c = (word: string): string =>
  word.length > 2 && (word.endsWith('y') || word.endsWith('Y')) && !isVowelAt(word, word.length - 2)
    ? `${withoutLast(word, 1)}i`
    : word

function step2(word: string, { r1 }: Regions): string {
  const rule = findRule(STEP_2, word)
  if (rule === undefined) return word
  const stem = withoutLast(word, rule.suffix.length)
  if (stem.length < r1) return word
  if (rule.suffix === 'ogi' && !stem.endsWith('l')) return word
  if (rule.suffix === 'li' && !/[cdeghkmnrt]$/.test(stem)) return word
  return stem + rule.replacement
}

function step3(word: string, { r1, r2 }: Regions): string {
  const rule = findRule(STEP_3, word)
  if (rule === undefined) return word
  const stem = withoutLast(word, rule.suffix.length)
  return stem.length < (rule.suffix === 'ative' ? r2 : r1) ? word : stem + rule.replacement
}

function step4(word: string, { r2 }: Regions): string {
  const rule = findRule(STEP_4, word)
  if (rule === undefined) return word
  const stem = withoutLast(word, rule.suffix.length)
  if (stem.length < r2 || (rule.suffix === 'ion' && !/[st]$/.test(stem))) return word
  return stem
}

function step5(word: string, { r1, r2 }: Regions): string {
  const length = word.length - 1
  if (word.endsWith('ll')) return length >= r2 ? withoutLast(word, 1) : word
  if (!word.endsWith('e') || length < r1) return word
  return length >= r2 || !endsInShortSyllable(word, length) ? withoutLast(word, 1) : word
}

/** The stem of an English word in lower case. A word of one or two letters is its own stem. */
export function stem(word: string): string {
  if (word.length < 3) return word
  const special = SPECIAL_WORDS.get(word)
  if (special !== undefined) return special
  const start = word.startsWith("'") ? word.slice(1) : word
  const hasY = start.includes('y')
  const marked = hasY ? markConsonantY(start) : start
  const regions = findRegions(marked)
  const singular = step1c(step1b(step1a(marked), regions))
  const stemmed = step5(step4(step3(step2(singular, regions), regions), regions), regions)
  return hasY ? stemmed.replaceAll('Y', 'y') : stemmed
}
