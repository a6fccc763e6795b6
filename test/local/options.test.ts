import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseOptions } from '../../cdk/local/options.ts'
import { UsageError } from '../../cdk/local/usage-error.ts'
import { makeFreshResult } from '../make/fresh-result.ts'

const SCENES = ['feed', 'movielens', 'open-bandit']
const folder = mkdtempSync(join(tmpdir(), 'options-'))
const logs = join(folder, 'log.jsonl')
writeFileSync(logs, '{}\n')

describe('the command line of npm start', () => {
  test('without flags replays the seeded world into the feed scene', () => {
    const options = parseOptions(['--out', join(folder, 'new')], SCENES)!
    expect(options.logs).toBeNull()
    expect(options.scene).toBe('feed')
  })

  test('chooses the scene by the format of the logs', () => {
    const argv = ['--logs', logs, '--format', 'movielens', '--out', join(folder, 'new')]
    expect(parseOptions(argv, SCENES)!.scene).toBe('movielens')
  })

  test('includes the whole last day that --to names', () => {
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
    expect(parseOptions(argv, SCENES)!.logs!.throughMs).toBe(Date.UTC(1998, 2, 8))
  })

  test('reads a result of npm run fresh that the page is to show', () => {
    const path = join(folder, 'fresh.json')
    const text = JSON.stringify(makeFreshResult())
    writeFileSync(path, text)
    const argv = ['--fresh', path, '--out', join(folder, 'new')]
    expect(parseOptions(argv, SCENES)!.fresh).toEqual(JSON.parse(text))
    expect(parseOptions(argv.slice(2), SCENES)!.fresh).toBeNull()
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
    [['--days', '0'], /--days 0: expected a whole number from 1 to 366/],
    [['--days', '1.5'], /--days 1.5: expected a whole number/],
    [['--drift', 'much'], /--drift much: expected a number from 0 to 2/],
    [['--scene', 'search'], /--scene search: expected one of feed, movielens, open-bandit/],
    [['--fresh', '/no/such/file'], /--fresh \/no\/such\/file: no such file/],
    [['--fresh', logs], /is no result of npm run fresh/],
    [['--out', logs], /is a file, not a folder/],
    [['--out', folder], /holds files that are not of an earlier run/],
  ])('refuses %j with one sentence', (argv, sentence) => {
    const parse = () => parseOptions(argv, SCENES)
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(sentence)
    try {
      parse()
    } catch (error) {
      expect((error as Error).message).not.toContain('\n')
    }
  })
})
