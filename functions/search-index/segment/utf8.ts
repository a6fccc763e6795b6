const SURROGATE = /[\ud800-\udfff]/

/** Sorts above the other code units, as the four UTF-8 bytes of a pair of surrogates do. */
const ranked = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800

/** Orders texts by their UTF-8 bytes, which is the order of their code points. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return ranked(left) - ranked(right)
  }
  return a.length - b.length
}

/**
 * Sorts texts in place by their UTF-8 bytes. Without surrogates that is the order of code units. One search of
 * all texts takes a fraction of one search for each.
 */
export const sortUtf8 = (texts: string[]): string[] =>
  SURROGATE.test(texts.join('')) ? texts.sort(compareUtf8) : texts.sort()

/** Below 0 where the first bytes come first, as `memcmp` and then the shorter one. */
export function compareBytes(
  a: Uint8Array,
  aFrom: number,
  aLength: number,
  b: Uint8Array,
  bFrom: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength)
  for (let i = 0; i < length; i++) {
    const difference = a[aFrom + i]! - b[bFrom + i]!
    if (difference !== 0) return difference
  }
  return aLength - bLength
}

/** UTF-8 bytes of one text at a time, in memory that is used again. */
export class Utf8Text {
  bytes: Buffer = Buffer.allocUnsafe(1024)
  length = 0

  /** Puts the text from byte `at` on, and leaves what is before it. */
  set(text: string, at = 0): this {
    const needed = at + 3 * text.length
    if (this.bytes.length < needed) {
      const larger = Buffer.allocUnsafe(2 * needed)
      this.bytes.copy(larger, 0, 0, at)
      this.bytes = larger
    }
    const { bytes } = this
    // A call of Buffer.write takes longer than a loop over the letters of a word.
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 128) {
        this.length = at + bytes.write(text, at)
        return this
      }
      bytes[at + i] = unit
    }
    this.length = at + text.length
    return this
  }
}
