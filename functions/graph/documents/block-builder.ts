import { BlockText } from './block-text.ts'
import type { Block, BlockKind, Heading } from './document.ts'
import { reasonToDrop } from './left-out.ts'

const HEADING = /^h([1-6])$/
/** A longer one is text: it would be repeated with each chunk below it. */
const MAX_HEADING = 1000
const LISTS = new Set(['ul', 'ol', 'dl', 'menu'])
/** Elements that begin a line of their own. Others are part of the text around them. */
const OWN_LINE = new Set(
  `address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer
   form header hgroup hr html legend li main menu ol option p pre section summary table tbody tfoot thead tr ul`.split(
    /\s+/,
  ),
)

/** What follows the text so far: a block of its own, a line, a cell, or nothing. */
type Break = 'block' | 'line' | 'cell' | null

/**
 * Makes blocks of a document's elements and texts, in order. Both formats with markup use it, so that the same
 * content gives the same blocks.
 */
export class BlockBuilder {
  readonly blocks: Block[] = []
  readonly dropped: Record<string, number> = {}
  title: string | null = null
  #path: Heading[] = []
  #text = new BlockText()
  #kind: BlockKind = 'paragraph'
  #break: Break = 'block'
  #heading = 0
  readonly #depth = { dropped: 0, list: 0, table: 0, code: 0, title: 0 }
  #titleText = ''

  /** Opens an element. The returned function closes it. */
  open(name: string, attributes: Readonly<Record<string, string>> = {}): () => void {
    const reason = reasonToDrop(name, attributes)
    if (reason !== null || this.#depth.dropped > 0) return this.#openDropped(reason)
    if (name === 'title') return this.#openTitle()
    const level = HEADING.exec(name)
    if (level) return this.#openHeading(Number(level[1]))
    if (name === 'pre') return this.#openKind('code')
    if (name === 'table') return this.#openKind('table')
    if (LISTS.has(name)) return this.#openKind('list')
    if (name === 'td' || name === 'th') return this.#breakAround('cell')
    if (name === 'br' && this.#depth.code > 0) this.#strongest('line')
    else if (name === 'br') this.#text.space()
    return OWN_LINE.has(name) ? this.#breakAround(this.#lineBreak(name)) : () => {}
  }

  /** Text that comes from [start, end) of the source. */
  text(text: string, start: number, end: number): void {
    if (this.#depth.dropped > 0) return
    if (this.#depth.title > 0) {
      this.#titleText += text
      return
    }
    const isBlank = !/\S/u.test(text)
    const kind = this.#kindHere()
    if (isBlank && (this.#text.isEmpty || this.#break !== null || kind !== this.#kind)) return
    if (kind !== this.#kind || this.#break === 'block') this.#flush(kind)
    else if (this.#break) this.#text.separate(this.#break === 'cell' ? ' | ' : '\n', start)
    this.#break = null
    this.#text.add(text, start, end, kind === 'code')
  }

  /** Writes the last block. */
  finish(): void {
    this.#flush('paragraph')
    this.title ??= this.blocks.find(({ level }) => level === 1)?.text ?? null
  }

  /** Counts something that was left out. */
  drop(reason: string, count = 1): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
  }

  #kindHere(): BlockKind {
    if (this.#heading > 0) return 'heading'
    if (this.#depth.code > 0) return 'code'
    if (this.#depth.table > 0) return 'table'
    return this.#depth.list > 0 ? 'list' : 'paragraph'
  }

  /** In a list, the next paragraph is a line of the same block; in a cell, it is part of the same line. */
  #lineBreak(name: string): Break {
    const kind = this.#kindHere()
    if (kind === 'paragraph') return 'block'
    return kind !== 'table' || name === 'tr' || name === 'caption' ? 'line' : null
  }

  #strongest(next: Break): void {
    const order: Break[] = [null, 'cell', 'line', 'block']
    if (order.indexOf(next) > order.indexOf(this.#break)) this.#break = next
  }

  #breakAround(kind: Break): () => void {
    const separate = (): void => {
      this.#strongest(kind)
      this.#text.space()
    }
    separate()
    return separate
  }

  #openDropped(reason: string | null): () => void {
    if (reason !== null && this.#depth.dropped === 0) this.drop(reason)
    this.#depth.dropped++
    return () => {
      this.#depth.dropped--
    }
  }

  #openTitle(): () => void {
    this.#depth.title++
    return () => {
      this.#depth.title--
      this.title ??= this.#titleText.replace(/\s+/gu, ' ').trim() || null
    }
  }

  #openHeading(level: number): () => void {
    this.#break = 'block'
    this.#heading = level
    return () => {
      if (this.#kind === 'heading') this.#flush('paragraph')
      this.#heading = 0
      this.#break = 'block'
    }
  }

  #openKind(kind: 'code' | 'table' | 'list'): () => void {
    if (this.#depth[kind]++ === 0) this.#break = 'block'
    else this.#strongest('line')
    return () => {
      if (--this.#depth[kind] === 0) this.#break = 'block'
      else this.#strongest('line')
    }
  }

  #flush(next: BlockKind): void {
    const { text, runs } = this.#text.finish()
    if (this.#text.unseen > 0) this.drop('unseen characters', this.#text.unseen)
    const isHeading = this.#kind === 'heading' && text.length <= MAX_HEADING
    const level = isHeading ? this.#heading : 0
    if (level > 0 && text !== '') this.#path = this.#path.filter((one) => one.level < level)
    const kind = this.#kind === 'heading' && !isHeading ? 'paragraph' : this.#kind
    if (text !== '') this.blocks.push({ kind, path: this.#path, level, text, runs })
    if (level > 0 && text !== '') this.#path = [...this.#path, { level, text }]
    this.#text = new BlockText()
    this.#kind = next
  }
}
