import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CHECK_USAGE } from '../../cdk/cli/check-lineage/options.ts'
import { COST_USAGE } from '../../cdk/cli/cost/options.ts'
import { FRESH_USAGE } from '../../cdk/cli/fresh/options.ts'
import { usageOf, VERBS } from '../../cdk/cli/operate/verbs.ts'
import { PACK_USAGE } from '../../cdk/cli/pack-reader/options.ts'
import { USAGE } from '../../cdk/cli/start/options.ts'
import { UP_USAGE } from '../../cdk/cli/up/options.ts'
import { VALIDATE_USAGE } from '../../cdk/cli/validate/options.ts'
import { summarySchema } from '../../functions/contract/summary.ts'
import { BLOCKS, INLINE, PROSE, README, ROOT, readmeBlock } from './blocks.ts'
import { claims } from './claims.ts'

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
interface Locked {
  engines?: { node?: string }
  optional?: boolean
}
const named = new Set([...README.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name!))

describe('the README', () => {
  test('has no block that nobody checks, and none that two do', () => {
    const { blocks } = claims()
    for (const block of BLOCKS) {
      // Shell blocks are checked command by command: see commands.test.ts.
      const checks = block.language === 'sh' ? 1 : blocks.filter((taken) => taken === block).length
      expect(checks, `${block.section}: ${block.text.slice(0, 60)}`).toBe(1)
    }
  })

  test('documents every field of summary.json', () => {
    const section = README.slice(
      README.indexOf('summary.json\n'),
      README.indexOf('## The local cloud'),
    )
    for (const field of Object.keys(summarySchema.shape)) expect(section).toContain(`\`${field}\``)
  })

  test('names commands that package.json has', () => {
    expect(named.size).toBeGreaterThan(0)
    for (const name of [...named, 'start', 'test']) expect(scripts).toHaveProperty(name)
  })

  test('names commands that say how they are used', async () => {
    const files = new Set([...named, 'start'].map((name) => scripts[name]!.split(' ')[1]!))
    // A benchmark takes no flag; a verb is one of operate.ts.
    files.delete('test/bench/run.ts')
    const run = promisify(execFile)
    const answers = [...files].map(async (file) => {
      const words = file.endsWith('operate.ts') ? [file, 'explain'] : [file]
      const { stdout } = await run(process.execPath, [...words, '--help'], { cwd: ROOT })
      return [file, stdout] as const
    })
    for (const [file, stdout] of await Promise.all(answers)) expect(stdout, file).toContain('--')
  }, 420_000)

  test('names flags that some command has', () => {
    const ours = [USAGE, UP_USAGE, VALIDATE_USAGE, FRESH_USAGE, COST_USAGE, CHECK_USAGE, PACK_USAGE]
    const help = [...ours, ...Object.values(VERBS).map(usageOf)].join('\n')
    // Of the AWS command line and of Docker.
    const others = ['--endpoint-url', '--add-host']
    const flags = INLINE.flatMap((code) => /^--[a-z-]+/.exec(code) ?? [])
    expect(flags.length).toBeGreaterThan(5)
    for (const flag of flags.filter((name) => !others.includes(name)))
      expect(help, flag).toMatch(new RegExp(`${flag}(?![a-z-])`))
  })

  test('asks for a Node that every package installs on without a warning', () => {
    // The CDK brings it; that of npm is not to be imported.
    const { satisfies } = createRequire(join(ROOT, 'node_modules/aws-cdk-lib/'))('semver')
    const [, least, ...later] = /^Node (\d+\.\d+) or later \((\d+), (\d+)/m.exec(README)!
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
    for (const version of [`${least}.0`, ...later.map((major) => `${major}.0.0`)])
      for (const [path, { engines, optional }] of Object.entries<Locked>(packages))
        if (engines?.node && !optional)
          expect(satisfies(version, engines.node), `${path} on Node ${version}`).toBe(true)
  })

  test('names files that there are', () => {
    const paths = INLINE.filter((code) => /^(cdk|functions|test)\/[\w./-]+\w$/.test(code))
    expect(paths.length).toBeGreaterThan(5)
    // That one is written in the walk-through: see format.test.ts.
    for (const path of paths.filter((name) => !name.endsWith('/sessions.ts')))
      expect(existsSync(join(ROOT, path)), path).toBe(true)
  })

  test('links to what is there', () => {
    const anchors = [...PROSE.matchAll(/^##+ (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const [, target] of PROSE.matchAll(/\]\(([^)h][^)]*)\)/g)) {
      const [path, anchor] = target!.split('#')
      if (path !== '') expect(existsSync(join(ROOT, path!)), path).toBe(true)
      else expect(anchors, anchor).toContain(anchor)
    }
  })

  test('draws rooms that there are, in the order of the data', () => {
    const drawn = readmeBlock('The rooms', 'app ─►').match(/[a-z]+(?= ─►|$)/gm)!
    const rooms = drawn.filter((room) => existsSync(join(ROOT, 'functions', room)))
    expect(rooms).toEqual([
      'intake',
      'closing',
      'samples',
      'train',
      'evaluate',
      'release',
      'reader',
    ])
    const listed = [...README.matchAll(/^\| \[`functions\/([a-z]+)`\]/gm)].map(([, room]) => room!)
    expect(listed.filter((room) => rooms.includes(room))).toEqual(rooms)
  })
})
