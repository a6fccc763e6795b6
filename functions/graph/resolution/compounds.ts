const MIN_LENGTH = 4
const MAX_PARTS = 3

const isNumeric = (word: string): boolean => /^[\d.]+$/.test(word)

/** Words that are elsewhere written as two or three: `powershot` for `power shot`, `kdl40v5100` for `kdl 40v5100`. */
export function learnJoins(texts: readonly (readonly string[])[]): ReadonlySet<string> {
  const single = new Set(texts.flat().filter((word) => word.length >= MIN_LENGTH))
  const joins = new Set<string>()
  for (const words of texts)
    for (let at = 0; at < words.length; at++)
      for (let parts = 2; parts <= MAX_PARTS && at + parts <= words.length; parts++) {
        const joined = joinedAt(words, at, parts)
        if (joined !== null && single.has(joined)) joins.add(joined)
      }
  return joins
}

function joinedAt(words: readonly string[], at: number, parts: number): string | null {
  const own = words.slice(at, at + parts)
  return own.every(isNumeric) ? null : own.join('')
}

/** Writes compounds as one word. The longest one wins, from left to right. */
export function joinWords(words: readonly string[], joins: ReadonlySet<string>): string[] {
  const joined: string[] = []
  for (let at = 0; at < words.length; ) {
    let taken = 1
    let word = words[at]!
    for (let parts = Math.min(MAX_PARTS, words.length - at); parts > 1; parts--) {
      const whole = joinedAt(words, at, parts)
      if (whole === null || !joins.has(whole)) continue
      ;[taken, word] = [parts, whole]
      break
    }
    joined.push(word)
    at += taken
  }
  return joined
}
