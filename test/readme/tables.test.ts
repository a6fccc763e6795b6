import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../cdk/cli/replay/formats.ts'
import { MAX_SLOTS } from '../../cdk/cli/validate/counts.ts'
import { readDeployment } from '../../cdk/config.ts'
import { roomTable } from '../../cdk/stage-tables.ts'
import { DETECTORS } from '../../functions/anticheat/detectors/detectors.ts'
import * as stages from '../../functions/anticheat/stages.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { prefixOf } from '../../functions/contract/family.ts'
import { parseHintedName } from '../../functions/contract/keys.ts'
import {
  MAX_LINE_BYTES,
  MAX_LINES,
  MAX_QUOTED_BYTES,
  MAX_SLATE,
  MAX_UNPACKED_BYTES,
} from '../../functions/intake/limits.ts'
import { PROSE, readmeBlock } from './blocks.ts'
import { codesIn, DOCUMENTS, documentAt, tableUnder } from './documents.ts'

describe('The tables of the READMEs', () => {
  test('The README lists every format with its scene', () => {
    const shown = tableUnder('README.md', 'format', 'what it reads', 'scene').map(
      ([format, , scene]) => [...codesIn(format!), ...codesIn(scene!)],
    )
    expect(shown).toEqual(Object.entries(FORMATS).map(([name, { scene }]) => [name, scene]))
  })

  test('The settings table has every context with the default of each figure', () => {
    const asked = new Set<string>()
    const deployment = readDeployment((key) => {
      asked.add(key)
      return key === 'scenes' ? 'feed' : undefined
    }) as unknown as Record<string, unknown>
    const rows = tableUnder('cdk/README.md', 'context', 'what it does', 'default')
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

  test('The table of detectors has each with its evidence', () => {
    const head = ['detector', 'evidence', 'null model: what honest users do', 'threshold']
    const rows = tableUnder('functions/anticheat/README.md', ...head)
    const shown = rows.map(([name, evidence]) => [codesIn(name!)[0], evidence])
    const declared = DETECTORS.map(({ name, evidence }) => [name, evidence])
    expect(shown.sort()).toEqual(declared.sort())
  })

  test('The way of the data through anticheat names all that it writes', () => {
    const drawn = readmeBlock('Anticheat', 'screen, each shard')
    const { screen, verdicts } = stages
    const written = [...screen.writes, ...verdicts.writes].map(prefixOf)
    for (const prefix of [...written, ...screen.reads.map(prefixOf)])
      if (!prefix.startsWith('manifests/')) expect(drawn).toContain(prefix)
    expect(written).toHaveLength(4)
  })

  test('The metadata table has all that a drop can say of itself', () => {
    const rows = tableUnder('functions/intake/README.md', 'metadata', 'in the key', 'says')
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

test('The limits in the READMEs are those of intake and validation', () => {
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

test('README.md has the table of rooms that the declarations give', () => {
  const table = roomTable()
  expect(
    `${documentAt('README.md').prose}\n`.includes(`\n${table}\n`),
    `README.md: replace the table of rooms by\n\n${table}\n`,
  ).toBe(true)
})

test('Each measured figure of the README is in its source', () => {
  const rows = tableUnder('README.md', 'what', 'figure', 'measured by')
  expect(rows.length).toBeGreaterThan(4)
  for (const [what, figure, source] of rows) {
    const [, target] = /\]\(([^)#]+)#[^)]*\)/.exec(source!)!
    const { text } = DOCUMENTS.find(({ path }) => path === target)!
    expect(text, what).toContain(figure)
  }
})
