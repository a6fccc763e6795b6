import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { parseOptions } from '../../cdk/cli/start/options.ts'
import { makeFreshResult } from '../make/fresh-result.ts'

const folder = mkdtempSync(join(tmpdir(), 'options-'))
const logs = join(folder, 'log.jsonl')
writeFileSync(logs, '{}\n')

describe('Options of npm start', () => {
  test('Without flags, the seeded world is replayed into the feed scene', () => {
    const options = parseOptions(['--out', join(folder, 'new')])!
    expect(options.logs).toBeNull()
    expect(options.scene).toBe('feed')
  })

  test('The log format chooses the scene', () => {
    const argv = ['--logs', logs, '--format', 'movielens', '--out', join(folder, 'new')]
    expect(parseOptions(argv)!.scene).toBe('movielens')
  })

  test('The flag --to includes the whole day that it names', () => {
    const argv = [
      '--logs',
      logs,
      '--format',
      'jsonl',
      '--to',
      '1998-03-07',
      '--out',
      join(folder, 'new'),
    ]
    expect(parseOptions(argv)!.logs!.throughMs).toBe(Date.UTC(1998, 2, 8))
  })

  test('The flag --fresh reads a result of npm run fresh', () => {
    const path = join(folder, 'fresh.json')
    const text = JSON.stringify(makeFreshResult())
    writeFileSync(path, text)
    const argv = ['--fresh', path, '--out', join(folder, 'new')]
    expect(parseOptions(argv)!.fresh).toEqual(JSON.parse(text))
    expect(parseOptions(argv.slice(2))!.fresh).toBeNull()
  })

  test('A mapping enters the synthesized scene, which may come from a file', () => {
    const mapping = join(folder, 'mapping.json')
    writeFileSync(
      mapping,
      JSON.stringify({
        time: { column: 't', unit: 'iso' },
        user: 'u',
        item: 'i',
        label: { column: 'l', positive: ['1'] },
      }),
    )
    const own = join(folder, 'own.json')
    const feed = readFileSync(join(import.meta.dirname, '../../cdk/scenes/feed.json'), 'utf8')
    writeFileSync(own, feed.replace('"scene": "feed"', '"scene": "shop"'))
    const argv = ['--logs', logs, '--format', 'csv', '--mapping', mapping, '--scene', own]
    const options = parseOptions([...argv, '--out', join(folder, 'new')])!
    expect(options.scene).toBe('shop')
    expect(options.isOwnScene).toBe(true)
    expect(options.configuration.logs?.mappings).toEqual({ local: options.logs!.mapping })
    const without = ['--logs', logs, '--format', 'jsonl', '--out', join(folder, 'new')]
    expect(parseOptions(without)!.isOwnScene).toBe(false)
  })

  test.each([
    ['{', /mapping .*: expected a mapping as JSON/],
    ['{"time":{"column":"t"}}', /: time: either column with one of unit and pattern/],
    ['{"user":1}', /: time: .*got nothing/],
    [
      '{"time":{"column":"t","unit":"iso"},"user":"u","item":"i","label":{"column":"l","positive":["1"]},"colour":"c"}',
      /: colour: is not a field of a mapping, got "c"/,
    ],
    [
      '{"time":{"column":"t","unit":"iso"},"user":"u","item":"i","label":{"column":"l","positive":["1"],"outcome":"sale"}}',
      /: label.outcome: "sale" is not one of its outcomes \(click, purchase\)/,
    ],
  ])('The mapping %s is refused in one sentence', (text, sentence) => {
    const mapping = join(folder, 'wrong.json')
    writeFileSync(mapping, text)
    const argv = ['--logs', logs, '--format', 'csv', '--mapping', mapping]
    const parse = () => parseOptions([...argv, '--out', join(folder, 'new')])
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(sentence)
  })

  test.each([
    [['--nonsense'], /--nonsense/],
    [['stray'], /stray/],
    [['--logs', '/no/such/path', '--format', 'jsonl'], /no such file or folder/],
    [['--logs', logs], /--format is missing: expected one of jsonl, movielens, open-bandit/],
    [['--logs', logs, '--format', 'xml'], /--format xml: expected one of/],
    [
      ['--logs', logs, '--format', 'jsonl', '--from', '1998-02-30'],
      /--from 1998-02-30: expected a date/,
    ],
    [['--logs', logs, '--format', 'jsonl', '--from', 'monday'], /expected a date such as/],
    [
      ['--logs', logs, '--format', 'jsonl', '--from', '1998-03-02', '--to', '1998-03-01'],
      /is after/,
    ],
    [['--logs', logs, '--format', 'jsonl', '--seed', '3'], /--seed belongs to the seeded world/],
    [['--from', '1998-01-01'], /--from needs --logs/],
    [['--mapping', 'm.json'], /--mapping needs --logs/],
    [
      ['--logs', logs, '--format', 'csv'],
      `--format csv needs --mapping <file>; npm start -- --infer ${logs} writes a first one`,
    ],
    [
      ['--logs', logs, '--format', 'csv', '--mapping', '/none.json'],
      /--mapping \/none.json: no such file/,
    ],
    [
      ['--logs', logs, '--format', 'jsonl', '--mapping', logs],
      /--mapping: expected --format csv, got --format jsonl/,
    ],
    [['--days', '0'], /--days 0: expected a whole number from 1 to 366/],
    [['--days', '1.5'], /--days 1.5: expected a whole number/],
    [['--drop-minutes', '7'], /--drop-minutes: got 7, expected a number that divides 60/],
    [['--drift', 'much'], /--drift much: expected a number from 0 to 2/],
    [
      ['--scene', 'shop'],
      /--scene shop: expected one of access-log, assistant, feed, movielens, open-bandit, search,/,
    ],
    [['--fresh', '/no/such/file'], /--fresh \/no\/such\/file: no such file/],
    [['--fresh', logs], /the file is not a result of npm run fresh/],
    [['--out', logs], /is a file, not a folder/],
    [['--out', folder], /has files that no earlier run wrote/],
  ])('The command line %j is refused in one sentence', (argv, sentence) => {
    const parse = () => parseOptions(argv)
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(sentence)
    try {
      parse()
    } catch (error) {
      expect((error as Error).message).not.toContain('\n')
    }
  })
})
