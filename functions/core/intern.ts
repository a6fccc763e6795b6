/**
 * Answers the same object for the same text. A column of ids is read as so many texts of their own;
 * kept once each, many rows of few people cost what the people cost. Memory: each text once.
 */
export function createInterner(): (text: string) => string {
  const seen = new Map<string, string>()
  return (text) => {
    const found = seen.get(text)
    if (found !== undefined) return found
    seen.set(text, text)
    return text
  }
}
