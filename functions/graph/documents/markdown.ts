import type { SyntaxNodeRef } from '@lezer/common'
import { parser, Table } from '@lezer/markdown'
import type { BlockBuilder } from './block-builder.ts'
import { type HtmlReader, htmlReader } from './html.ts'

/** The element that a node is in HTML. Nodes without one are part of the text around them. */
const ELEMENTS: Readonly<Record<string, string>> = {
  ...{ Paragraph: 'p', Task: 'p', Blockquote: 'blockquote', HorizontalRule: 'hr', HardBreak: 'br' },
  ...{ BulletList: 'ul', OrderedList: 'ul', ListItem: 'li' },
  ...{ Table: 'table', TableHeader: 'tr', TableRow: 'tr', TableCell: 'td' },
  ...{ FencedCode: 'pre', CodeBlock: 'pre', CodeText: 'code' },
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`ATXHeading${level}`, `h${level}`])),
  ...{ SetextHeading1: 'h1', SetextHeading2: 'h2' },
}
/** Nodes whose own characters are text. */
const TEXTS = new Set(
  `Paragraph TableCell CodeText InlineCode Emphasis StrongEmphasis Link Image Autolink ATXHeading1 ATXHeading2
   ATXHeading3 ATXHeading4 ATXHeading5 ATXHeading6 SetextHeading1 SetextHeading2`.split(/\s+/),
)
const HTML = new Set(['HTMLBlock', 'HTMLTag', 'Entity'])
const FRONT_MATTER = /^---[ \t]*\r?\n(?:[\s\S]*?\r?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/
const TITLE = /^title:(.*)$/m

/** Characters of a paragraph times its links, tags, code spans and emphases that begin: time grows with this. */
const MAX_WORK = 64_000_000
/** Columns of indent, quotes and items that begin inside of each other on one line. */
const MAX_INDENT = 200
const DEEP = new RegExp(`^(?:[ \\t>]|(?:[-*+]|\\d{1,9}[.)])[ \\t]){${MAX_INDENT}}`, 'm')
/** From each space of a paragraph, the parser looks for the end of their row. */
const MANY_SPACES = ' '.repeat(1000)
const grammar = parser.configure([Table])

/**
 * Whether the parser needs more than a time that grows with the length: thousands of marks that begin in one
 * paragraph of a hundred thousand characters, hundreds of nested lists, or a thousand spaces. No reader writes that.
 */
export function isTooDense(source: string): boolean {
  if (source.includes(MANY_SPACES) || DEEP.test(source)) return true
  return source.split(/\n[ \t]*\r?\n/).some((part) => {
    const openings = part.length > 1000 ? (part.match(/[[<`*_]+/g)?.length ?? 0) : 0
    return openings * part.length > MAX_WORK
  })
}

/** The title of front matter, without the quotes around it. Null: there is none. */
function titleIn(front: string): string | null {
  const title = TITLE.exec(front)?.[1]?.trim() ?? ''
  const isQuoted = title.length > 2 && /["']/.test(title[0]!) && title[0] === title.at(-1)
  return (isQuoted ? title.slice(1, -1) : title) || null
}

/** `[text]` is a link only where its label is defined. */
const labelOf = (text: string): string => text.replace(/\s+/gu, ' ').trim().toLowerCase()

function definedLabels(source: string): Set<string> {
  const labels = source.matchAll(/^[ \t]{0,3}\[((?:[^\]\\\n]|\\.)+)\]:/gm)
  return new Set([...labels].map(([, label]) => labelOf(label!)))
}

/** Walks the syntax tree and gives elements and texts to the builder, in order. */
class Walk {
  readonly #source: string
  readonly #builder: BlockBuilder
  readonly #html: HtmlReader
  readonly #shift: number
  readonly #labels: ReadonlySet<string>
  readonly #closers: (() => void)[] = []
  /** Nodes whose text is given, and up to where it was. */
  #texts = 0
  #at = 0
  /** End of the last text. */
  #given = 0

  constructor(source: string, builder: BlockBuilder, html: HtmlReader, shift: number) {
    this.#source = source
    this.#builder = builder
    this.#html = html
    this.#shift = shift
    this.#labels = definedLabels(source)
  }

  /** Returns whether to go into the node. */
  enter({ name, from, to, node }: SyntaxNodeRef): boolean {
    if (!this.#isInTarget(name, from)) this.#give(from)
    this.#at = from
    if (HTML.has(name)) this.#html.read(this.#source.slice(from, to), this.#shift + from)
    else if (name === 'Escape') this.#text(from + 1, to)
    else if (name === 'URL' && node.parent?.name === 'Autolink') this.#text(from, to)
    else if (name === 'LinkMark' && this.#isPlainBracket(node.parent)) this.#text(from, to)
    else if (name.startsWith('Comment')) this.#builder.drop('comment')
    const isText = TEXTS.has(name)
    const element = ELEMENTS[name]
    if (!isText && element === undefined && name !== 'Document') {
      this.#at = to
      return false
    }
    if (name === 'CodeText') this.#lineBefore(from)
    this.#closers.push(element === undefined ? () => {} : this.#builder.open(element))
    if (isText) this.#texts++
    return true
  }

  leave({ name, to }: SyntaxNodeRef): void {
    this.#give(to)
    this.#at = to
    if (TEXTS.has(name)) this.#texts--
    this.#closers.pop()!()
  }

  #give(to: number): void {
    if (this.#texts > 0) this.#text(this.#at, to)
  }

  #text(from: number, to: number): void {
    if (from >= to) return
    this.#given = to
    this.#builder.text(this.#source.slice(from, to), this.#shift + from, this.#shift + to)
  }

  /** Lines of code in lists and quotes are nodes of their own, some with their line end and some without. */
  #lineBefore(from: number): void {
    const end = this.#source.lastIndexOf('\n', from - 1)
    const isFirstOfLine = end >= 0 && /^[ \t>]*$/.test(this.#source.slice(end + 1, from))
    if (isFirstOfLine && end >= this.#given) this.#text(end, end + 1)
  }

  /** Spaces between the address and the title of a link are no text. */
  #isInTarget(name: string, from: number): boolean {
    if (name === 'LinkMark') return this.#source[from] === ')'
    return name === 'URL' || name === 'LinkTitle' || name === 'LinkLabel'
  }

  #isPlainBracket(link: SyntaxNodeRef['node'] | null): boolean {
    if (link?.name !== 'Link' || link.getChild('URL') || link.getChild('LinkLabel')) return false
    return !this.#labels.has(labelOf(this.#source.slice(link.from + 1, link.to - 1)))
  }
}

/**
 * Reads CommonMark with tables. HTML inside is read as HTML: its scripts and hidden elements are left out, also
 * where Markdown stands between the tags. Front matter gives the title alone.
 */
export function readMarkdown(source: string, builder: BlockBuilder): void {
  const front = FRONT_MATTER.exec(source)?.[0] ?? ''
  if (front !== '') builder.drop('front matter')
  builder.title = titleIn(front)
  const body = source.slice(front.length)
  const html = htmlReader(builder)
  const walk = new Walk(body, builder, html, front.length)
  grammar.parse(body).iterate({
    enter: (node) => walk.enter(node),
    leave: (node) => walk.leave(node),
  })
  html.end()
}
