import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { claimFolder } from '../../cdk/cli/out-folder.ts'
import { USAGE } from '../../cdk/cli/start/options.ts'
import { parseUpOptions, UP_USAGE } from '../../cdk/cli/up/options.ts'
import { keepPace } from '../../cdk/cli/up/pace.ts'
import { createActivity, neverBusy } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const NOW_MS = Date.UTC(2026, 4, 6, 7, 8)
const parse = (...argv: string[]) =>
  parseUpOptions(['--out', join(tmpdir(), 'not-there-yet'), ...argv], NOW_MS)!

describe('Options of npm run up', () => {
  test('Without flags, npm run up starts an empty system in real time', () => {
    expect(parse()).toMatchObject({
      host: '127.0.0.1',
      port: 4599,
      speed: 1,
      startMs: null,
      world: null,
    })
  })

  test('The world starts at midnight and lasts a year by default', () => {
    const { world, startMs } = parse('--world', '--start', '2026-03-07T08:30:00Z')
    expect(startMs).toBe(Date.UTC(2026, 2, 7, 8, 30))
    expect(world).toMatchObject({ startMs: Date.UTC(2026, 2, 7), days: 366 })
    expect(parse('--world', '--days', '3').world).toMatchObject({
      startMs: Date.UTC(2026, 4, 6),
      days: 3,
    })
  })

  test('The flag --host sets the address, and the help states the defaults', () => {
    expect(parse('--host', '0.0.0.0').host).toBe('0.0.0.0')
    expect(parse('--host', '::1').host).toBe('::1')
    expect(UP_USAGE).toMatch(/--host <address> .*\n.*\(127\.0\.0\.1\)/)
    expect(UP_USAGE).toMatch(/--days <n> .*\(366\)/)
    expect(USAGE).toMatch(/--days <n> .*\(5\)/)
  })

  test.each([
    [['--nonsense'], /--nonsense/],
    [['--port', '0'], /--port 0: expected a whole number from 1 to 65535/],
    [['--port', 'http'], /--port http: expected a whole number/],
    [['--host', 'example.com'], /--host example.com: expected an address of this machine/],
    [['--host', ''], /--host : expected an address/],
    [['--clock', 'fast'], /--clock fast: expected a speed/],
    [['--clock', '60'], /--clock 60: expected a speed.*such as 60x/],
    [['--clock', '0.5x'], /--clock 0.5x: expected/],
    [['--start', 'monday'], /--start monday: expected a time in UTC such as/],
    [['--start', '2026-02-30'], /--start 2026-02-30: expected a time/],
    [
      ['--scene', 'shop'],
      /--scene shop: expected one of access-log, assistant, feed, movielens, open-bandit, search,/,
    ],
    [['--users', '5'], /--users needs --world/],
  ])('The command line %j is refused in one sentence', (argv, sentence) => {
    expect(() => parse(...argv)).toThrow(UsageError)
    expect(() => parse(...argv)).toThrow(sentence)
    try {
      parse(...argv)
    } catch (error) {
      expect((error as Error).message).not.toContain('\n')
    }
  })
})

describe('Output folders', () => {
  test('Only one run holds an output folder, and its end frees it', () => {
    const out = mkdtempSync(join(tmpdir(), 'claimed-'))
    const release = claimFolder(out, 'npm start')
    expect(() => claimFolder(out, 'npm run up')).toThrow(/npm start uses this folder/)
    release()
    claimFolder(out, 'npm run up')()
  })

  test('The linter ignores an output folder anywhere in the checkout', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'checkout-'))
    for (const file of ['biome.json', '.gitignore'])
      copyFileSync(join(ROOT, file), join(checkout, file))
    const biome = join(ROOT, 'node_modules/.bin/biome')
    const lint = () => spawnSync(biome, ['check', '.'], { cwd: checkout }).status
    const folders = [join(checkout, 'mine'), join(checkout, 'test', 'mine')]
    const releases = folders.map((folder) => claimFolder(folder, 'npm start'))
    for (const folder of folders) writeFileSync(join(folder, 'made.json'), '{"a":1 , }')
    expect(lint()).toBe(0)
    rmSync(join(folders[1]!, '.gitignore'))
    expect(lint()).toBe(1)
    for (const release of releases) release()
    rmSync(checkout, { recursive: true })
  })
})

/** Runs the pace until virtual time stands at `untilMs`, and answers how long this took by the wall. */
async function pace(speed: number, untilMs: number, busyMs: number): Promise<number> {
  const work = createActivity()
  const clock = createClock(0, speed === 1 ? neverBusy : work)
  const end = work.begin('something slow')
  const beganMs = performance.now()
  setTimeout(end, busyMs)
  const kept = keepPace(clock, { speed, aheadMs: -Date.now() }, (error) => {
    throw error
  })
  while (clock.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10))
  kept.stop()
  return performance.now() - beganMs
}

describe('The pace of virtual time', () => {
  test('Real time keeps the pace of the machine while work is running', async () => {
    const tookMs = await pace(1, 400, 5000)
    expect(tookMs).toBeGreaterThanOrEqual(390)
    expect(tookMs).toBeLessThan(2000)
  })

  test('A faster clock stops during work and does not catch up', async () => {
    const tookMs = await pace(100, 20_000, 500)
    expect(tookMs).toBeGreaterThanOrEqual(500 + 150)
    expect(tookMs).toBeLessThan(5000)
  })
})
