import type { Run } from './document.ts'

/**
 * Characters that a reader does not see and that can carry hidden text: controls, soft hyphens, zero-width spaces,
 * marks of direction, and the tags of plane 14 (Unicode TR 36, section 3). The joiners of Persian and of emoji stay.
 */
const UNSEEN =
  '\\u0000-\\u0008\\u000E-\\u001F\\u007F-\\u0084\\u0086-\\u009F\\u00AD\\u061C\\u180E\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB\\u{E0000}-\\u{E0FFF}'
const PARTS = new RegExp(`[${UNSEEN}]+|\\s+|[^\\s${UNSEEN}]+`, 'gu')
const IS_UNSEEN = new RegExp(`^[${UNSEEN}]`, 'u')

/** Without blanks and separators at the end. In steps, for a pattern's time grows with the square of a run of blanks. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && /[\s|]/u.test(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** Text that grows at its end and knows which range of the source each character comes from. */
export class BlockText {
  #parts: string[] = []
  #length = 0
  #runs: Run[] = []
  /** A space that is written before the next word, and never at the start or end. */
  #space: [start: number, end: number] | null = null
  /** Unseen characters that were left out. */
  unseen = 0

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Adds text that comes from [start, end). `keepsSpace`: line ends and indents stay. */
  add(text: string, start: number, end: number, keepsSpace = false): void {
    const isExact = text.length === end - start
    for (const { 0: part, index } of text.matchAll(PARTS)) {
      const from = isExact ? start + index : start
      const to = isExact ? from + part.length : end
      if (IS_UNSEEN.test(part)) this.unseen += part.length
      else if (keepsSpace || !/^\s/.test(part)) this.#write(part, from, to)
      else this.#space ??= [from, to]
    }
  }

  /** Adds a separator that the source does not have, between two parts of text. */
  separate(separator: string, at: number): void {
    if (this.isEmpty) return
    this.#space = null
    this.#push(separator, at, at)
  }

  /** A space before the next word. */
  space(): void {
    const at = this.#runs.at(-1)?.end ?? 0
    this.#space ??= [at, at]
  }

  /** Text and runs, without blanks and separators at the end. */
  finish(): { text: string; runs: Run[] } {
    const text = trimEnd(this.#parts.join(''))
    const runs = this.#runs.filter(({ at }) => at < text.length)
    const last = runs.at(-1)
    if (last && last.at + last.length > text.length) {
      const length = text.length - last.at
      const isExact = last.length === last.end - last.start
      runs[runs.length - 1] = { ...last, length, end: isExact ? last.start + length : last.end }
    }
    return { text, runs }
  }

  #write(part: string, start: number, end: number): void {
    if (this.#space && this.#length > 0 && !this.#parts.at(-1)!.endsWith('\n'))
      this.#push(' ', ...this.#space)
    this.#space = null
    this.#push(part, start, end)
  }

  #push(part: string, start: number, end: number): void {
    const last = this.#runs.at(-1)
    const continues =
      last &&
      last.length === last.end - last.start &&
      part.length === end - start &&
      last.end === start
    if (continues) {
      last.length += part.length
      last.end = end
    } else this.#runs.push({ at: this.#length, length: part.length, start, end })
    this.#parts.push(part)
    this.#length += part.length
  }
}
