import type { DocumentFormat } from '../../contract/documents.ts'
import { MAX_TITLE } from '../../contract/events.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

const decodeEntities = (html: string): string =>
  html.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,8}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all
  })

/** Where a title is looked for: front matter and heads are short. */
const WITHIN = 64 * 2 ** 10

/** Patterns stop at the next `<`, or begin once: the time of others grows with the square of a row of open tags. */
function titleOfHtml(head: string): string | undefined {
  const [, title] = /<title\b[^<>]*>([^<]*)/i.exec(head) ?? []
  if (title?.trim()) return decodeEntities(title)
  const open = /<h1\b[^<>]*>/i.exec(head)
  const rest = open ? head.slice(open.index + open[0].length) : ''
  const end = rest.search(/<\/h1/i)
  return end > 0 ? decodeEntities(rest.slice(0, end).replace(/<[^<>]*>/g, ' ')) : undefined
}

/** The text of a heading's line, without the number signs that may close it: they follow a blank, so `C#` keeps its own. */
function withoutClosing(line: string): string {
  const text = line.trimEnd()
  let end = text.length
  while (end > 0 && text[end - 1] === '#') end--
  return end === 0 || ' \t'.includes(text[end - 1]!) ? text.slice(0, end).trimEnd() : text
}

function titleOfMarkdown(head: string): string | undefined {
  const [front, fields] = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(head) ?? []
  const field = /^title:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))/m.exec(fields ?? '')
  const named = field?.[1] ?? field?.[2] ?? field?.[3]
  if (named?.trim()) return named
  const body = head.slice(front?.length ?? 0).replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
  const [, heading] = /^ {0,3}#[ \t]+(\S.*)$/m.exec(body) ?? []
  return heading === undefined ? /^(.+)\r?\n=+[ \t]*$/m.exec(body)?.[1] : withoutClosing(heading)
}

/**
 * The title of a document by its own words: HTML's `<title>` or first `<h1>`, the `title` of Markdown's front matter or its
 * first heading of level 1. Null for plain text, and where there is none.
 */
export function titleOf(text: string, format: DocumentFormat): string | null {
  const head = text.slice(0, WITHIN)
  const found =
    format === 'html'
      ? titleOfHtml(head)
      : format === 'markdown'
        ? titleOfMarkdown(head)
        : undefined
  return found === undefined ? null : shortTitle(found)
}

/** On one line, and as long as a title may be. Null if nothing is left. */
export const shortTitle = (title: string): string | null =>
  title.replace(/\s+/gu, ' ').trim().slice(0, MAX_TITLE).toWellFormed() || null
