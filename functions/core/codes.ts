/** Numbers texts from 0 on, in the order of their first use. */
export function createCodes(): {
  texts: string[]
  find(text: string): number | undefined
  codeOf(text: string): number
} {
  const codes = new Map<string, number>()
  const texts: string[] = []
  return {
    texts,
    find: (text) => codes.get(text),
    codeOf(text) {
      const known = codes.get(text)
      if (known !== undefined) return known
      codes.set(text, texts.length)
      return texts.push(text) - 1
    },
  }
}
