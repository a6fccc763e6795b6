import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bringUp, eventually } from '../system/bring-up.ts'
import { at, events, OPERATE, ROOT, run } from './wrong-folder.ts'

/** Processes that work in the folder: a function's working directory is its asset, there. */
const workingIn = (path: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(path)
    } catch {
      return false
    }
  })

describe('One output folder', () => {
  const begun: ChildProcess[] = []
  afterAll(() => {
    for (const child of begun) child.kill('SIGKILL')
  })

  test('An output folder survives a second command, a kill and Ctrl-C', async () => {
    const place = at('place')
    const running = await bringUp(place)
    begun.push(running.child)
    const env = running.environment()
    const asked = (...words: string[]) => run(OPERATE, words, env)
    const lineage = running.named('function lineage')
    const explain = running.named('function explain')
    const refusals = await Promise.all([
      run('cdk/cli/start.ts', ['--out', place]),
      asked('lineage', '--scene', 'feed', '--function', 'nobody'),
      asked('lineage', '--scene', 'feed', '--version', 'full-none', '--function', lineage),
      asked('explain', '--scene', 'feed', '--sequence', '99', '--function', explain),
      asked('lineage', '--scene', 'shop', '--function', lineage),
    ])
    const sentences: [number, RegExp][] = [
      [
        2,
        /place: npm run up uses this folder \(process \d+\); end that run or name another folder/,
      ],
      [2, /nobody: no such function in this account and Region; name the stack with --stack/],
      [1, /full-none/],
      [1, /nothing is served yet: there is no release to explain/],
      [1, /shop/],
    ]
    for (const [i, [code, sentence]] of sentences.entries()) {
      expect(refusals[i]!.err).toMatch(sentence)
      expect(refusals[i]).toMatchObject({ code, said: '' })
      expect(refusals[i]!.err.trimEnd()).not.toContain('\n')
    }
    expect(workingIn(place).length).toBeGreaterThan(0)
    await running.end('SIGKILL')
    await eventually(async () => workingIn(place).length === 0, 10_000)

    const flags = ['--days', '1', '--users', '20', '--out', place]
    const stopped = spawn(process.execPath, [join(ROOT, 'cdk/cli/start.ts'), ...flags])
    begun.push(stopped)
    stopped.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('replaying')) stopped.kill('SIGINT')
    })
    expect(await new Promise((resolve) => stopped.once('close', resolve))).toBe(130)
    expect(workingIn(place)).toEqual([])

    const again = ['--logs', events, '--format', 'jsonl', '--anyway', '--out', place]
    expect(await run('cdk/cli/start.ts', again)).toMatchObject({ code: 0, err: '' })
    expect(existsSync(join(place, '.quartermaster-lock'))).toBe(false)
    expect(readFileSync(join(place, 'summary.json'), 'utf8')).toContain('"formatVersion": 1')
  }, 420_000)
})
