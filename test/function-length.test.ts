import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

const ROOT = join(import.meta.dirname, '..')
const MAX_LINES = 80

interface Node {
  type: string
  start: number
  end: number
}
const isNode = (value: unknown): value is Node =>
  typeof (value as Node | null)?.type === 'string' && 'start' in (value as Node)

/** Every function, method and arrow with a body, under a node of the syntax tree. */
function* functionsUnder(node: Node): Generator<Node> {
  if (/Function/.test(node.type) && isNode((node as Node & { body?: unknown }).body)) yield node
  for (const value of Object.values(node).flat()) if (isNode(value)) yield* functionsUnder(value)
}

/** `<path>:<first line> <lines>` of each function that is longer than it may be. */
function longFunctions(path: string, text: string): string[] {
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length
  return [...functionsUnder(parseAst(text, { lang: 'ts' }, path))]
    .map(({ start, end }) => ({ line: lineAt(start), lines: lineAt(end) - lineAt(start) + 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ line, lines }) => `${path}:${line} ${lines} lines`)
}

test('No function has more than 80 lines', () => {
  const found = ['cdk', 'functions']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.m?ts$|\.m?js$/.test(name))
        .map((name) => join(folder, name)),
    )
    .flatMap((path) => longFunctions(path, readFileSync(join(ROOT, path), 'utf8')))
  expect(found).toEqual([])
})

test.each([
  ['a declaration', 'function long(): void {', '}'],
  ['an arrow in an object', 'const table = { long: (x: number) => {', '} }'],
  ['a method', 'class Long { run(): void {', '} }'],
])('The measure finds %s of 81 lines and passes one of 80', (_kind, head, tail) => {
  const lines = (n: number): string => [head, ...Array(n - 2).fill('//'), tail].join('\n')
  expect(longFunctions('long.ts', lines(81))).toEqual(['long.ts:1 81 lines'])
  expect(longFunctions('long.ts', lines(80))).toEqual([])
})
