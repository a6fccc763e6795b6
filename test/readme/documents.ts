import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

/** A fenced block, by the heading right above it. */
export interface Block {
  document: string
  section: string
  language: string
  text: string
}
export interface Document {
  /** From the project's folder. */
  path: string
  text: string
  blocks: readonly Block[]
  /** All that is outside of blocks. */
  prose: string
}

/** Cuts Markdown into its fenced blocks and its prose. Throws for a fence that does not close. */
export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const blocks: Block[] = []
  const prose: string[] = []
  let section = ''
  let open: { language: string; lines: string[] } | null = null
  for (const line of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(line)
    if (open && fence) {
      const { language, lines } = open
      blocks.push({ document: path, section, language, text: lines.join('\n') })
      open = null
    } else if (open) open.lines.push(line)
    else if (fence) open = { language: fence[1]!, lines: [] }
    else {
      section = /^#{1,3} (.*)$/.exec(line)?.[1] ?? section
      prose.push(line)
    }
  }
  if (open) throw new Error(`${path}: the block "${open.lines[0]}" of ${section} does not close`)
  return { path, text, blocks, prose: prose.join('\n') }
}

const roomsOwn = ['cdk', 'functions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('README.md'))
    .map((name) => join(folder, name))
    .sort(),
)
/** The README, then those of the rooms. */
export const DOCUMENTS: readonly Document[] = ['README.md', ...roomsOwn].map(readDocument)

/** One of them by its path. Throws where there is none. */
export function documentAt(path: string): Document {
  const found = DOCUMENTS.find((document) => document.path === path)
  if (!found) throw new Error(`${path}: no such README; there are ${DOCUMENTS.length}`)
  return found
}

/** The text below a heading, to the next heading of its level or above. Throws where there is none. */
export function sectionOf(path: string, heading: string): string {
  const lines = documentAt(path).prose.split('\n')
  const at = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line !== heading)
  if (at < 0) throw new Error(`${path}: no heading "${heading}"`)
  const level = lines[at]!.indexOf(' ')
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level)
  return rest.slice(0, end < 0 ? rest.length : end).join('\n')
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf({ prose }: Document): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of prose.matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    let name = anchor
    for (let n = 1; anchors.has(name); n++) name = `${anchor}-${n}`
    anchors.add(name)
  }
  return anchors
}

/** Rows of the one table under this heading, each as its cells. Throws where there is not one. */
export function tableUnder(path: string, ...heading: string[]): string[][] {
  const lines = documentAt(path).prose.split('\n')
  const head = `| ${heading.join(' | ')} |`
  const found = lines.filter((line) => line === head).length
  if (found !== 1)
    throw new Error(`${path}: ${found} tables of ${heading.join(', ')}, expected one`)
  const rows = lines.slice(lines.indexOf(head) + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? rows.length : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}
export const codesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
