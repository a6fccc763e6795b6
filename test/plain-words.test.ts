import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

const ROOT = join(import.meta.dirname, '..')

interface Rule {
  /** Between words it allows line ends. A name in backquotes is a stored name, and allowed. */
  words: RegExp
  instead: string
  /** Only in string literals, which users and operators read. */
  isOnlyForMessages?: boolean
}
const rule = (words: string, instead: string, isOnlyForMessages = false): Rule => ({
  words: new RegExp(`(?<![\`\\w./-])(?:${words.replaceAll(' ', '\\s+')})(?![\`\\w-])`, 'gi'),
  instead,
  isOnlyForMessages,
})

const RULES: readonly Rule[] = [
  rule('set(?:s|ting)? aside', 'quarantined (a record), excluded (an interval)'),
  rule('stragglers?', 'late arrival'),
  rule('whoever|whomever|whosoever', 'the one that, or the name of the role'),
  rule('nobody awake', 'automatically, or without an operator'),
  rule('anew', 'again'),
  rule('stands? on', 'starts from, or is based on'),
  rule('twice as once|twice is .{1,20} once', 'a repeat has no effect'),
  rule('none that there (?:is|are)', 'unknown, or no known'),
  rule('(?:is|are) none of ours', 'unknown'),
  rule('asked wrongly', 'an invalid request'),
  rule("person's word", "operator's decision"),
  rule('seal(?:s|ed|ing)?(?!\\.json)', 'commit'),
  rule('shel(?:f|ves)', 'cache'),
  rule('ground(?! truth)', 'base path, or background'),
  rule('poison[^.]{0,60} li(?:ve|ves|ved)', 'contamination bound'),
  rule('arms?', 'champion, challenger, or setup'),
  rule('rivals?', 'champion, or challenger'),
  rule('pieces?', 'shard, batch, part or chunk'),
  rule('tells?(?! apart)|told(?! apart)', 'prints, reports, or the message', true),
  rule('whence|thence|whereof|thereof|wherein|therein|lest|hitherto', 'a short sentence'),
]

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(m?[jt]s|md)$/.test(name) && !/(^|\/)(node_modules|out)\//.test(name))
    .map((name) => join(folder, name))
const reviewed = ['README.md', ...sourcesIn('cdk'), ...sourcesIn('functions')]
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Prose {
  /** Offset in the file. */
  from: number
  text: string
  isMessage: boolean
}
/** Comments and string literals, in order. Line comments in a row are one comment. */
const PROSE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
/** Comments and texts of a source; the whole of a Markdown file. A string without a blank is a key, not a text. */
function proseOf(path: string, text: string): Prose[] {
  if (path.endsWith('.md')) return [{ from: 0, text, isMessage: true }]
  return [...text.matchAll(PROSE)].flatMap(({ index, 0: found }) => {
    const isMessage = !found.startsWith('/')
    if (isMessage && !/\s/.test(found)) return []
    // Quotes, code in templates, and the marks of a comment's lines, become blanks: offsets stay.
    const unmarked = isMessage
      ? ` ${found.slice(1, -1).replace(/\$\{[^}]*\}/g, (code) => ' '.repeat(code.length))} `
      : found.replace(/\n\s*(?:\*|\/\/)/g, (mark) => `\n${' '.repeat(mark.length - 1)}`)
    return [{ from: index, text: unmarked, isMessage }]
  })
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** `<path>:<line> "<words>": write <replacement>` for each private word of a file. */
function privateWords(path: string, text: string): string[] {
  return proseOf(path, text).flatMap((prose) =>
    RULES.flatMap(({ words, instead, isOnlyForMessages }) =>
      isOnlyForMessages && !prose.isMessage
        ? []
        : [...prose.text.matchAll(words)].map(
            ({ index, 0: found }) =>
              `${path}:${lineAt(text, prose.from + index)} "${found.replace(/\s+/g, ' ')}": write ${instead}`,
          ),
    ),
  )
}

interface Node {
  type: string
  start: number
}
const isNode = (value: unknown): value is Node =>
  typeof (value as Node | null)?.type === 'string' && 'start' in (value as Node)

/** Variables and parameters named `of` under a node: names of properties are part of stored formats. */
function* variablesNamedOf(node: Node & Record<string, unknown>): Generator<Node> {
  if (node.type === 'Identifier' && node['name'] === 'of') yield node
  const isPlain = node['computed'] === false && node['shorthand'] !== true
  for (const [field, value] of Object.entries(node)) {
    if (isPlain && (field === 'key' || field === 'property')) continue
    if (field === 'key' && node['shorthand'] === true) continue
    for (const inner of [value].flat())
      if (isNode(inner)) yield* variablesNamedOf(inner as Node & Record<string, unknown>)
  }
}
const findOf = (path: string, text: string): string[] =>
  [...variablesNamedOf(parseAst(text, { lang: 'ts' }, path) as never)].map(
    ({ start }) => `${path}:${lineAt(text, start)} "of": name the variable with a noun`,
  )

test('Comments, messages and documents use no private words', () => {
  expect(reviewed.flatMap((path) => privateWords(path, textOf(path)))).toEqual([])
})

test('No variable or parameter is named of', () => {
  const sources = reviewed.filter((path) => !path.endsWith('.md'))
  expect(sources.flatMap((path) => findOf(path, textOf(path)))).toEqual([])
})

test.each([
  ['a line comment', '// the record is set aside', 'a.ts:1 "set aside"'],
  ['a broken comment', '/**\n * It is set\n * aside.\n */', 'a.ts:2 "set aside"'],
  ['two line comments', 'x()\n// it is set\n// aside', 'a.ts:2 "set aside"'],
  ['a message', "log('told the run')", 'a.ts:1 "told"'],
  ['a template', '`\nfour pieces`', 'a.ts:2 "pieces"'],
])('The check finds a private word in %s', (_where, text, found) => {
  expect(privateWords('a.ts', text).map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
    found,
  ])
})

test.each([
  ['a key', "const kind = 'seal'"],
  ['a path', "import './stragglers.ts'"],
  ['an identifier', 'const rivals = []'],
  ['code in a template', `\`a \${arm}\``],
  ['a stored name in backquotes', '/** The stored name is `rivals`. */'],
  ['a stored object', '/** It puts seal.json last. */'],
  ['a comment that may tell', '// They tell nothing.'],
])('The check passes %s', (_what, text) => {
  expect(privateWords('a.ts', text)).toEqual([])
})

test.each([
  ['const of = 1', 1],
  ['const f = (of: number) => of', 2],
  ['const { kind: of } = x', 1],
  ['const { of } = x', 1],
  ["const x = { of: 'scene' }", 0],
  ['x.of', 0],
  ['interface X { of: string }', 0],
  ['for (const a of b) c()', 0],
])('The check finds the variables named of in %s', (text, count) => {
  expect(findOf('a.ts', text)).toHaveLength(count)
})
