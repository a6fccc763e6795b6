import { expect, test } from 'vitest'
import { chunkDocument } from '../../../functions/graph/chunks/chunk-document.ts'
import { cleanDocument } from '../../../functions/graph/documents/clean-document.ts'
import { titleOf } from '../../../functions/intake/documents/title.ts'

/** CPU time of this thread for a text, the lesser of two times. */
function timeMs(read: (text: string) => unknown, text: string): number {
  const times = [0, 1].map(() => {
    const before = process.threadCpuUsage()
    read(text)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

/** Shorter times are equal: noise. */
const LEAST_MS = 8

/** Whether four times the text take less than eight times the time; a square would take sixteen times. */
function expectLinear(
  read: (text: string) => unknown,
  [before, bad, after]: readonly [string, string, string],
  longest: number,
): void {
  const textOf = (length: number): string =>
    before + bad.repeat(Math.ceil(length / bad.length)) + after
  let last = Number.POSITIVE_INFINITY
  for (const length of [longest / 16, longest / 4, longest]) {
    const time = Math.max(LEAST_MS, timeMs(read, textOf(length)))
    expect(time / last, `${length} characters after ${last} ms`).toBeLessThan(8)
    last = time
  }
}

const divide = (format: 'markdown' | 'html' | 'plain') => (text: string) =>
  chunkDocument('d', cleanDocument(text, format))

test.each([
  ['blanks in HTML code', 'html', ['<pre>', ' ', 'x']],
  ['cells that are empty', 'html', ['<table><tr><td>a', '</td><td>', 'b</table>']],
  ['separators before a word', 'plain', ['a ', '| ', 'b']],
  ['points without a blank', 'plain', ['a', '.', 'a']],
  ['letters without a blank', 'plain', ['', 'a', '']],
  ['blanks in the title of front matter', 'markdown', ['---\ntitle: a', ' ', 'x\n---\n']],
  ['blanks in a heading', 'markdown', ['# a', ' ', 'x']],
  ['items inside of items', 'markdown', ['', '- ', 'x']],
] as const)('Text of half a million %s takes linear time', (_what, format, bad) => {
  expectLinear(divide(format), bad, 500_000)
})

test.each([
  ['blanks', 'markdown', ['# a', ' ', 'x']],
  ['number signs', 'markdown', ['# a', ' #', 'x']],
  ['signs of tags', 'html', ['<h1>', '<', '</h1>']],
  ['open headings', 'html', ['', '<h1>', '']],
  ['open titles', 'html', ['', '<title', '']],
] as const)('The title of a head of %s takes linear time', (_what, format, bad) => {
  expectLinear((text) => titleOf(text, format), bad, 64_000)
})

test('A document of headings alone is divided in linear time', () => {
  expectLinear(divide('markdown'), ['', 'a\n===\n', ''], 64_000)
})
