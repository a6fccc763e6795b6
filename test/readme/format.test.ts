import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { DAY0_MS } from '../make/events.ts'
import { readmeBlock, readmeCommands } from './blocks.ts'
import { documentAt, ROOT } from './documents.ts'
import { excerptOf } from './excerpt.ts'
import { patched } from './patch.ts'

type TakeIn = typeof import('../intake/take-in.ts')
type Slices = typeof import('../../cdk/cli/replay/slices.ts')
type Options = typeof import('../../cdk/cli/start/options.ts')

/** The project as it stands after the walk-through: a copy of its sources with what the README adds. */
const copy = realpathSync(mkdtempSync(join(tmpdir(), 'format-')))
const lines = readmeBlock('A log format', '"action":"show"')
const log = join(copy, 'sessions.jsonl')
const inCopy = <T>(path: string): Promise<T> => import(join(copy, path)) as Promise<T>
beforeAll(() => {
  for (const path of ['functions', 'cdk', 'package.json', 'tsconfig.json', 'test/make'])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true })
  cpSync(join(ROOT, 'test/intake/take-in.ts'), join(copy, 'test/intake/take-in.ts'))
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(copy, 'node_modules'))
  const [, adapter] = /So `(\S+sessions\.ts)`:/.exec(
    documentAt('functions/intake/README.md').prose,
  )!
  writeFileSync(join(copy, adapter!), `${readmeBlock('A log format', 'const sessions')}\n`)
  const changes = readmeBlock('A log format', '+  sessions,')
  const read = (path: string) => readFileSync(join(copy, path), 'utf8')
  for (const [path, text] of patched(changes, read)) writeFileSync(join(copy, path), text)
  writeFileSync(log, `${lines}\n`)
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe('A format from the README', () => {
  test('The validate command knows the new format, as the README shows', () => {
    const [command] = readmeCommands('A log format', 'npm')
    const { words } = command!
    expect(words.slice(0, 4)).toEqual(['npm', 'run', 'validate', '--'])
    const argv = [join(copy, 'cdk/cli/validate.ts'), ...words.slice(4)]
    const { stdout, stderr, status } = spawnSync(process.execPath, argv, {
      cwd: copy,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    // Two lines are too few to train on.
    expect(status).toBe(1)
    expect(stdout).toMatch(excerptOf(readmeBlock('A log format', 'records')))
  })

  test('Intake reads drops of the new format as the expected events', async () => {
    const { takeIn } = await inCopy<TakeIn>('test/intake/take-in.ts')
    const metadata = { [DROP_METADATA.format]: 'sessions' }
    const { manifest, rows } = await takeIn(lines, { metadata })
    expect(manifest).toMatchObject({ refused: null, read: 2, accepted: 2, events: 4 })
    expect(
      rows.map(({ type, outcome, position, value, timeMs }) => ({
        what: outcome ?? type,
        position,
        value,
        seconds: (timeMs - DAY0_MS) / 1000 - 9 * 3600,
      })),
    ).toEqual([
      { what: 'impression', position: 1, value: null, seconds: 0 },
      { what: 'impression', position: 2, value: null, seconds: 0 },
      { what: 'click', position: null, value: null, seconds: 12 },
      { what: 'purchase', position: null, value: 19.5, seconds: 280 },
    ])
    expect(new Set(rows.map(({ user }) => user)).size).toBe(1)
    expect(new Set(rows.map(({ event }) => event)).size).toBe(4)
  })

  test('The new format quarantines invalid lines without a failure', async () => {
    const { takeIn } = await inCopy<TakeIn>('test/intake/take-in.ts')
    const changes: [string | RegExp, string][] = [
      ['"items":["i1","i2"]', '"items":"i1"'],
      ['"items":["i1","i2"]', '"items":["i1",null]'],
      ['"user":"a7",', ''],
      [/\{"at":"2026-01-05T09:00:12[^}]*\}/, 'null'],
      ['"2026-01-05T09:00:12.000Z"', '"yesterday"'],
      ['"id":"s1",', ''],
      ['"action":"click"', '"action":"scroll"'],
    ]
    const spoiled = changes.map(([from, to]) => lines.replace(from, to))
    const body = [...spoiled, '{}', 'no JSON'].join('\n')
    const metadata = { [DROP_METADATA.format]: 'sessions' }
    const { manifest, setAside } = await takeIn(body, { metadata })
    expect(manifest).toMatchObject({ refused: null, read: changes.length * 2 + 2 })
    expect(setAside.map(({ reason }) => reason)).toEqual([
      'wrong_type',
      'wrong_type',
      'missing_field',
      'missing_time',
      'wrong_type',
      'not_json',
    ])
  })

  test('The npm start command cuts logs of the new format into drops', async () => {
    const { parseOptions } = await inCopy<Options>('cdk/cli/start/options.ts')
    const { sliceLogs } = await inCopy<Slices>('cdk/cli/replay/slices.ts')
    const argv = ['--logs', log, '--format', 'sessions', '--out', join(copy, 'out')]
    const { logs } = parseOptions(argv)!
    const slices = await sliceLogs(logs!, join(copy, 'slices'))
    expect(slices.firstMs).toBe(DAY0_MS + 9 * 3_600_000)
    const drops = [...slices.drops()]
    expect(drops).toHaveLength(1)
    expect(drops[0]!.metadata).toMatchObject({ [DROP_METADATA.format]: 'sessions' })
  })

  test('The new format passes the type check of the project', () => {
    const files = ['functions/intake/adapters/formats.ts', 'cdk/cli/replay/formats.ts']
    const settings = { extends: './tsconfig.json', include: [], files }
    writeFileSync(join(copy, 'tsconfig.formats.json'), JSON.stringify(settings))
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const argv = [tsc, '--project', join(copy, 'tsconfig.formats.json')]
    const { stdout, status } = spawnSync(process.execPath, argv, { cwd: copy, encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })
})
