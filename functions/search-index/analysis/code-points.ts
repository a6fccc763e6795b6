/** The code point at an offset of a text, read as if the text ended at `to`; a lone surrogate as it is. */
export function codePointAt(text: string, at: number, to: number): number {
  const unit = text.charCodeAt(at)
  if ((unit & 0xfc00) !== 0xd800 || at + 1 >= to) return unit
  const next = text.charCodeAt(at + 1)
  return (next & 0xfc00) === 0xdc00 ? ((unit - 0xd7c0) << 10) + (next - 0xdc00) : unit
}

/** UTF-16 units of a code point. */
export const sizeOf = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1)

/**
 * A text whose runs of combining marks have 30 marks at most, as in the Stream-Safe Text Format of
 * Unicode Standard Annex #15. To normalize longer runs takes quadratic time.
 */
export const limitMarks = (text: string): string => text.replace(/(\p{M}{30})\p{M}+/gu, '$1')
