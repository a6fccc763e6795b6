import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../cdk/cli/replay/formats.ts'
import { MAX_SLOTS } from '../../cdk/cli/validate/counts.ts'
import { readDeployment } from '../../cdk/config.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { parseHintedName } from '../../functions/contract/keys.ts'
import {
  MAX_LINE_BYTES,
  MAX_LINES,
  MAX_QUOTED_BYTES,
  MAX_SLATE,
  MAX_UNPACKED_BYTES,
} from '../../functions/intake/limits.ts'
import { PROSE } from './blocks.ts'

/** Rows of the table under this heading, each as its cells. */
function rowsOf(...heading: string[]): string[][] {
  const lines = PROSE.split('\n')
  const head = lines.indexOf(`| ${heading.join(' | ')} |`)
  expect(head, heading.join()).toBeGreaterThan(-1)
  const rows = lines.slice(head + 2)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}
const codesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)

describe('a table of the README', () => {
  test('has every format, with the scene that it is replayed into', () => {
    const shown = rowsOf('format', 'what it reads', 'scene').map(([format, , scene]) => [
      ...codesIn(format!),
      ...codesIn(scene!),
    ])
    expect(shown).toEqual(Object.entries(FORMATS).map(([name, { scene }]) => [name, scene]))
  })

  test('has all of the context that the app asks for, with the defaults that are figures', () => {
    const asked = new Set<string>()
    const deployment = readDeployment((key) => {
      asked.add(key)
      return key === 'scenes' ? 'feed' : undefined
    }) as unknown as Record<string, unknown>
    const rows = rowsOf('context', 'what it does', 'default')
    expect(rows.flatMap(([names]) => codesIn(names!)).sort()).toEqual([...asked].sort())
    const figures = rows.filter(([, , fallback]) => /^[\d, ]+$/.test(fallback!))
    expect(figures.length).toBeGreaterThan(1)
    for (const [names, , fallback] of figures)
      expect(fallback).toBe(
        codesIn(names!)
          .map((name) => deployment[name])
          .join(', '),
      )
  })

  test('has what a drop can say of itself, by metadata and by its key', () => {
    const rows = rowsOf('metadata', 'in the key', 'says')
    const shown = rows.flatMap(([name]) => codesIn(name!))
    expect(shown.sort()).toEqual(Object.values(DROP_METADATA).sort())
    for (const [metadata, key] of rows) {
      if (key === '') continue
      const [whole] = codesIn(key!)
      const name = whole!.replace('raw/<scene>/events/', '').replace(/^…\//, '').replace('…', 'x')
      const { hints } = parseHintedName(name)
      const hint = codesIn(metadata!)[0]!.replace('quartermaster-', '')
      expect(Object.keys(hints)).toContain(hint)
    }
  })
})

test('the limits of the README are those of intake and validation', () => {
  const [object, line, cell] = [
    `${MAX_UNPACKED_BYTES / 2 ** 30} GiB`,
    `${MAX_LINE_BYTES / 2 ** 20} MiB`,
    `${MAX_QUOTED_BYTES / 2 ** 10} KiB`,
  ]
  const [lines, slate] = [MAX_LINES, MAX_SLATE].map((most) => most.toLocaleString('en-GB'))
  expect(PROSE.replace(/\s+/g, ' ')).toContain(
    `An object holds at most ${object} unpacked and ${lines} lines, a line ${line}, a slate ${slate} items, a quoted cell ${cell};`,
  )
  const exact = ((MAX_SLOTS * 3) / 4).toLocaleString('en-GB')
  expect(PROSE).toContain(`Counts are exact up to ${exact} distinct lines`)
})
