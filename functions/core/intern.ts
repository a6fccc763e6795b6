/**
 * Returns the same string object for equal texts. A Parquet column of ids is read as one string per
 * row. If each text is kept only once, many rows of few users need little memory. Memory: each text
 * once.
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
