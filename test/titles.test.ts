import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

const MAX_WORDS = 12

type Node = { type: string } & Record<string, unknown>
const isNode = (value: unknown): value is Node =>
  typeof (value as Node | null)?.type === 'string' && 'start' in (value as Node)

/** Whether a call is `test(…)`, or `test.each(…)(…)` and its like. */
function isTestCall(callee: unknown): boolean {
  if (!isNode(callee)) return false
  if (callee.type === 'Identifier') return callee['name'] === 'test'
  return isTestCall(callee['object'] ?? callee['callee'] ?? callee['tag'])
}

const parse = (text: string): Node => ({ ...parseAst(text, { lang: 'ts' }) })

/** The titles under a node of the syntax tree; of one that is made of values, the text around them. */
function* titlesUnder(node: Node): Generator<string> {
  const [first] = (node['arguments'] ?? []) as unknown[]
  if (node.type === 'CallExpression' && isNode(first) && isTestCall(node['callee'])) {
    if (typeof first['value'] === 'string') yield first['value']
    if (first.type === 'TemplateLiteral')
      yield (first['quasis'] as { value: { cooked: string } }[])
        .map(({ value }) => value.cooked)
        .join('%s')
  }
  for (const value of Object.values(node).flat()) if (isNode(value)) yield* titlesUnder(value)
}

const isSentence = (title: string): boolean =>
  /^[A-Z%$\d]/.test(title) && !/[.,;:]$/.test(title) && title.split(/\s+/).length <= MAX_WORDS

test('Every test title is a sentence of at most twelve words', () => {
  const wrong = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(import.meta.dirname, name), 'utf8')
      const titles = [...titlesUnder(parse(text))]
      const doubled = titles.filter((title, i) => titles.indexOf(title) !== i)
      return [...titles.filter((title) => !isSentence(title)), ...doubled].map(
        (title) => `${name}: ${title}`,
      )
    })
  expect(wrong).toEqual([])
})

test('The check of titles finds clauses, long titles and tables of tests', () => {
  const found = [...titlesUnder(parse("test('that is refused', f); test.each(a)('%s fails', g)"))]
  expect(found).toEqual(['that is refused', '%s fails'])
  expect(found.map(isSentence)).toEqual([false, true])
  expect(isSentence('A b c d e f g h i j k l m')).toBe(false)
})
