import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { OUT_MARKER } from '../../cdk/cli/out-folder.ts'
import { summarySchema } from '../../functions/contract/summary.ts'
import { DAY0_MS } from '../make/events.ts'

const START = join(import.meta.dirname, '..', '..', 'cdk', 'cli', 'start.ts')
const VALIDATE = join(import.meta.dirname, '..', '..', 'cdk', 'cli', 'validate.ts')
const folder = mkdtempSync(join(tmpdir(), 'start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...flags: string[]) =>
  spawnSync(process.execPath, [START, ...flags], { encoding: 'utf8', timeout: 400_000 })

/** Processes whose command line names the folder: what a run would have left behind. */
const leftBehind = (path: string): string[] =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((args) => args.includes(path) && !args.includes('ps -eo'))

const said = (child: ChildProcess, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = ''
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.includes(text)) resolve()
    })
    child.once('exit', () => reject(new Error(`it ended first: ${output}`)))
  })

/** Every file beneath a folder with its bytes. */
const filesIn = (path: string): [name: string, text: string][] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((name) => [name, readFileSync(name, 'latin1')])

/** What a run put there; its own marks have names that begin with a dot. */
const resultsIn = (out: string) => filesIn(out).filter(([name]) => !basename(name).startsWith('.'))

describe('Logs unfit for training', () => {
  const orders = join(folder, 'orders.jsonl')
  const lines = Array.from({ length: 900 }, (_, n) =>
    JSON.stringify({
      type: 'impression',
      timeMs: DAY0_MS + n * 300_000,
      userId: `u${n % 60}`,
      itemId: `i${n % 76}`,
    }),
  )
  writeFileSync(orders, lines.join('\n'))
  const flags = ['--logs', orders, '--format', 'jsonl']

  test('Unfit logs stop npm start like validate, and earlier results stay', () => {
    const out = join(folder, 'unfit')
    mkdirSync(join(out, 'slices-old'), { recursive: true })
    writeFileSync(join(out, OUT_MARKER), '')
    writeFileSync(join(out, 'summary.json'), '{}')
    writeFileSync(join(out, 'slices-old', 'x'), 'of an earlier run')
    const before = resultsIn(out)
    const { status, stdout, stderr } = run(...flags, '--out', out)
    const validated = spawnSync(process.execPath, [VALIDATE, ...flags], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([1, ''])
    expect(validated.status).toBe(1)
    expect(validated.stdout).toMatch(/no impression has an outcome of the objective/)
    expect(stdout).toContain(validated.stdout)
    expect(stdout).toContain('--anyway replays these logs')
    expect(stdout).not.toContain('synthesizing')
    expect(resultsIn(out)).toEqual(before)
  }, 420_000)

  test('Unfit logs leave no new folder behind', () => {
    const out = join(folder, 'unfit-new')
    expect(run(...flags, '--out', out).status).toBe(1)
    expect(existsSync(out)).toBe(false)
  }, 420_000)

  test('With --anyway, unfit logs are replayed, but no gate passes them', () => {
    const few = join(folder, 'few.jsonl')
    // The last of a day: a replay goes on until the noon after it.
    writeFileSync(few, lines.slice(248, 288).join('\n'))
    const out = join(folder, 'anyway')
    const { status, stdout, stderr } = run(
      ...['--logs', few, '--format', 'jsonl', '--anyway', '--out', out],
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^serious +no impression has an outcome/m)
    expect(stdout).toContain('--anyway: the logs are replayed, and all gates stay active')
    const summary = summarySchema.parse(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')))
    expect(summary.drops.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(40)
    expect(summary.versions).toEqual([])
    expect(summary.current['feed']).toBeNull()
  }, 420_000)
})

describe('The npm start command', () => {
  test('A replay of a small world ends with table, page and summary', () => {
    const out = join(folder, 'world')
    // So few items that a day of honest clicks teaches which ones please.
    const world = [
      '--days',
      '2',
      '--users',
      '250',
      '--items',
      '60',
      '--new-items',
      '2',
      '--seed',
      '3',
    ]
    const { status, stdout, stderr } = run(...world, '--out', out)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/full-20260109-[0-9a-f]{8}/)
    expect(stdout).toContain('report.html')
    const summary = summarySchema.parse(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')))
    expect(stdout).toMatch(/^exactly once: [\d,]+ samples of [\d,]+ impressions in \d+ versions/m)
    expect(summary.exactlyOnce['feed']).toMatchObject({
      version: summary.current['feed']!.version,
      violations: [],
    })
    expect(new Set(summary.versions.map(({ tier }) => tier))).toEqual(
      new Set(['full', 'daily', 'hourly']),
    )
    expect(Object.keys(summary.stages)).toEqual(
      expect.arrayContaining([
        'intake',
        'plan',
        'close',
        'samples',
        'start',
        'increment',
        'training',
        'evaluate',
        'release',
        'report',
      ]),
    )
    for (const [stage, usage] of Object.entries(summary.stages))
      if (stage !== 'operator') {
        expect(usage.invocations, stage).toBeGreaterThan(0)
        expect(usage.peakMemoryMiB, stage).toBeGreaterThan(20)
      }
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('What the stages used')
    expect(readFileSync(join(out, 'ground-truth.jsonl'), 'utf8')).toContain('lockstep')
    expect(leftBehind(out)).toEqual([])
  }, 420_000)

  test('Ctrl-C stops npm start cleanly and leaves no process behind', async () => {
    const out = join(folder, 'stopped')
    const child = spawn(process.execPath, [START, '--out', out], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await said(child, 'replaying the seeded world')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(leftBehind(out)).toEqual([])
  }, 420_000)

  test('Wrong use exits with 2 and one sentence and creates no folder', () => {
    const empty = join(folder, 'empty.jsonl')
    writeFileSync(empty, '')
    for (const [flags, sentence] of [
      [['--nonsense'], /--nonsense/],
      [['--logs', '/no/such', '--format', 'jsonl'], /--logs \/no\/such: no such file or folder/],
      [
        ['--logs', empty, '--format', 'xml'],
        /--format xml: expected one of jsonl, movielens, open-bandit/,
      ],
      [['--days', 'many'], /--days many: expected a whole number/],
    ] as const) {
      const out = join(folder, 'never')
      const { status, stdout, stderr } = run(...flags, '--out', out)
      expect(status, flags.join(' ')).toBe(2)
      expect(stdout).toBe('')
      expect(stderr).toMatch(sentence)
      expect(stderr.trimEnd()).not.toContain('\n')
      expect(existsSync(out)).toBe(false)
    }
  }, 420_000)

  test('Logs without any record are refused in one sentence', () => {
    const empty = join(folder, 'empty.jsonl')
    writeFileSync(empty, '')
    const { status, stderr } = run(
      '--logs',
      empty,
      '--format',
      'jsonl',
      '--out',
      join(folder, 'nothing'),
    )
    expect(status).toBe(2)
    expect(stderr.trimEnd()).toMatch(/expected records, found none/)
    expect(stderr.trimEnd()).not.toContain('\n')
  }, 420_000)
})
