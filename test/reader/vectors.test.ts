import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readmeBlock } from '../readme/blocks.ts'
import { FEATURES } from './vectors/features.ts'
import { makeVectors } from './vectors/make.ts'

const FOLDER = join(import.meta.dirname, 'vectors')
const check = (folder: string) =>
  spawnSync('python3', [join(FOLDER, 'check.py'), folder], { encoding: 'utf8' })
/** Features without a value for an entity that has no attribute, or no event. */
const MAY_MISS = [
  ...['genres', 'year', 'adult', 'device', 'position', 'mean_value', 'decayed_rate'],
  ...['since_click', 'last_item', 'last_items', 'median', 'genre_affinity', 'price', 'age'],
  ...['price_to_mean', 'price_rank', 'price_difference', 'match', 'fit', 'content'],
  ...['brand', 'complement', 'hops', 'closed_hops'],
]
const hasPython = spawnSync('python3', ['--version']).status === 0

describe('The test vectors', () => {
  test('The stored test vectors equal those of the current code', () => {
    const made = makeVectors()
    const stored = readdirSync(FOLDER).filter((name) => !/\.(ts|py)$/.test(name))
    expect(stored.sort()).toEqual(Object.keys(made).sort())
    for (const [name, bytes] of Object.entries(made))
      expect(Buffer.compare(readFileSync(join(FOLDER, name)), bytes), name).toBe(0)
  })

  test('The test vectors cover every cell kind and layout rule', () => {
    const scores = new TextDecoder()
      .decode(makeVectors()['vectors.jsonl'])
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ vector }) => vector === 'score')
    const cells = scores.flatMap((score) =>
      (score['items'] as { cells: Record<string, string | number | null> }[]).map(
        (item) => item.cells,
      ),
    )
    const some = (name: string, is: (cell: string | number | null) => boolean): boolean =>
      cells.some((row) => is(row[name]!))
    // Each cell has several values; a cell that can be missing is missing somewhere.
    for (const feature of FEATURES) {
      if (feature.kind === 'cross') continue
      const name = `f_${feature.name}`
      expect(new Set(cells.map((row) => row[name])).size, name).toBeGreaterThan(
        /^(hour|weekday)$/.test(feature.name) ? 0 : 1,
      )
    }
    for (const name of MAY_MISS)
      expect(
        some(`f_${name}`, (cell) => cell === null),
        `${name} is missing somewhere`,
      ).toBe(true)
    expect(some('f_genres', (cell) => String(cell).includes('\u001f'))).toBe(true)
    expect(some('f_year', (cell) => /e[+-]/.test(String(cell)))).toBe(true)
    expect(some('f_device', (cell) => String(cell).includes('\ufffd'))).toBe(true)
    expect(some('f_device', (cell) => cell === '')).toBe(true)
    expect(some('f_shown_24h', (cell) => cell === 0)).toBe(true)
    expect(some('f_clicks_48h', (cell) => Number(cell) > 0)).toBe(true)
    expect(some('f_click_rate_48h', (cell) => Number(cell) > 1)).toBe(true)
    expect(new Set(scores.map(({ model }) => model)).size).toBe(4)
  })

  // A machine without Python shows these as skipped.
  describe.skipIf(!hasPython)('Test vectors in Python', () => {
    test('A reader in another language computes the same results', () => {
      const { status, stdout, stderr } = check(FOLDER)
      expect(stderr).toBe('')
      const shown = readmeBlock('Another language', 'python3')
      expect(`$ python3 test/reader/vectors/check.py\n${stdout}`).toBe(`${shown}\n`)
      expect(status).toBe(0)
    })

    test.each([
      ['a logit', 'vectors.jsonl', (text: string) => text.replace(/"logit":-?\d/, '"logit":7')],
      ['a cell', 'vectors.jsonl', (text: string) => text.replace('"f_hour":"14"', '"f_hour":"15"')],
      [
        'a weight',
        'logistic.base.qmm',
        (text: string) => `${text.slice(0, -60)}xx${text.slice(-58)}`,
      ],
    ])('The test vectors check detects a change of %s', (_, name, change) => {
      const folder = mkdtempSync(join(tmpdir(), 'vectors-'))
      cpSync(FOLDER, folder, { recursive: true })
      const path = join(folder, name)
      const before = readFileSync(path, name.endsWith('.qmm') ? 'latin1' : 'utf8')
      const after = change(before)
      expect(after).not.toBe(before)
      writeFileSync(path, after, name.endsWith('.qmm') ? 'latin1' : 'utf8')
      const { status, stdout } = check(folder)
      rmSync(folder, { recursive: true })
      expect(stdout).toMatch(/^vectors\.jsonl:\d+: \w+ differs/)
      expect(status).toBe(1)
    })
  })
})
