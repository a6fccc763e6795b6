import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ANTICHEAT_USAGE } from '../../cdk/cli/anticheat/options.ts'
import { CHECK_USAGE } from '../../cdk/cli/check-lineage/options.ts'
import { COST_USAGE } from '../../cdk/cli/cost/options.ts'
import { FRESH_USAGE } from '../../cdk/cli/fresh/options.ts'
import { usageOf, VERBS } from '../../cdk/cli/operate/verbs.ts'
import { PACK_USAGE } from '../../cdk/cli/pack-reader/options.ts'
import { USAGE } from '../../cdk/cli/start/options.ts'
import { UP_USAGE } from '../../cdk/cli/up/options.ts'
import { VALIDATE_USAGE } from '../../cdk/cli/validate/options.ts'
import { summarySchema } from '../../functions/contract/summary.ts'
import { BLOCKS, INLINE, README, readmeBlock } from './blocks.ts'
import { claims } from './claims.ts'
import { anchorsOf, DOCUMENTS, type Document, ROOT, readDocument, sectionOf } from './documents.ts'

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
interface Locked {
  engines?: { node?: string }
  optional?: boolean
}
const named = new Set(
  DOCUMENTS.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name!),
  ),
)

test('README.md holds at most 250 lines', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(250)
})

test('Every room with a README of its own is found', () => {
  const rooms = DOCUMENTS.map(({ path }) => path)
  expect(rooms).toEqual(expect.arrayContaining(['README.md', 'cdk/README.md', 'cdk/cli/README.md']))
  expect(rooms.filter((path) => path.startsWith('functions/')).length).toBeGreaterThan(5)
})

describe('The READMEs', () => {
  test('Every block of a README is checked by exactly one test', () => {
    const { blocks } = claims()
    for (const block of BLOCKS) {
      // Shell blocks are checked command by command: see commands.test.ts.
      const checks = block.language === 'sh' ? 1 : blocks.filter((taken) => taken === block).length
      const { document, section, text } = block
      expect(checks, `${document}, ${section}: ${text.slice(0, 60)}`).toBe(1)
    }
  })

  test('The report room documents every field of summary.json', () => {
    const section = sectionOf('functions/report/README.md', 'summary.json')
    for (const field of Object.keys(summarySchema.shape)) expect(section).toContain(`\`${field}\``)
  })

  test('Commands that a README names are scripts of package.json', () => {
    expect(named.size).toBeGreaterThan(0)
    for (const name of [...named, 'start', 'test']) expect(scripts).toHaveProperty(name)
  })

  test('Commands that a README names explain their use', async () => {
    const files = new Set([...named, 'start'].map((name) => scripts[name]!.split(' ')[1]!))
    // The tests and a benchmark have no flags of ours; a verb is one of operate.ts.
    for (const file of ['run', 'test/bench/run.ts']) files.delete(file)
    const run = promisify(execFile)
    const answers = [...files].map(async (file) => {
      const words = file.endsWith('operate.ts') ? [file, 'explain'] : [file]
      const { stdout } = await run(process.execPath, [...words, '--help'], { cwd: ROOT })
      return [file, stdout] as const
    })
    for (const [file, stdout] of await Promise.all(answers)) expect(stdout, file).toContain('--')
  }, 420_000)

  test('Flags that a README names belong to some command', () => {
    const ours = [USAGE, UP_USAGE, VALIDATE_USAGE, FRESH_USAGE, COST_USAGE, CHECK_USAGE]
    ours.push(PACK_USAGE, ANTICHEAT_USAGE)
    const help = [...ours, ...Object.values(VERBS).map(usageOf)].join('\n')
    // Of the AWS command line and of Docker.
    const others = ['--endpoint-url', '--add-host']
    const flags = INLINE.flatMap((code) => /^--[a-z-]+/.exec(code) ?? [])
    expect(flags.length).toBeGreaterThan(5)
    for (const flag of flags.filter((name) => !others.includes(name)))
      expect(help, flag).toMatch(new RegExp(`${flag}(?![a-z-])`))
  })

  test('Every package takes the Node that the README asks for', () => {
    // The CDK brings it; that of npm is not to be imported.
    const { satisfies } = createRequire(join(ROOT, 'node_modules/aws-cdk-lib/'))('semver')
    const [, least, ...later] = /^Node (\d+\.\d+) or later \((\d+), (\d+)/m.exec(README)!
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
    for (const version of [`${least}.0`, ...later.map((major) => `${major}.0.0`)])
      for (const [path, { engines, optional }] of Object.entries<Locked>(packages))
        if (engines?.node && !optional)
          expect(satisfies(version, engines.node), `${path} on Node ${version}`).toBe(true)
  })

  test('Files that a README names exist', () => {
    const paths = INLINE.filter((code) => /^(cdk|functions|test)\/[\w./-]+\w$/.test(code))
    expect(paths.length).toBeGreaterThan(5)
    // That one is written in the walk-through: see format.test.ts.
    for (const path of paths.filter((name) => !name.endsWith('/sessions.ts')))
      expect(existsSync(join(ROOT, path)), path).toBe(true)
  })

  test('The map of the rooms follows the order of the data', () => {
    const drawn = readmeBlock('The rooms', 'app ─►').match(/[a-z]+(?= ─►|$)/gm)!
    const rooms = drawn.filter((room) => existsSync(join(ROOT, 'functions', room)))
    const order = ['intake', 'closing', 'anticheat', 'samples', 'train', 'evaluate', 'release']
    expect(rooms).toEqual([...order, 'reader'])
  })
})

/** Targets of a document's links that no scheme begins, images among them. */
const linksOf = ({ prose }: Document): string[] =>
  [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
const others = ['cdk/RUNBOOK.md', 'cdk/STAGES.md', 'functions/reader/LAYOUT.md'].map(readDocument)

/** Why a link leads nowhere; null where it leads somewhere. */
function brokenLink(from: Document, target: string): string | null {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from.path : normalize(join(dirname(from.path), file))
  if (!existsSync(join(ROOT, path))) return `${from.path}: ${target}: there is no ${path}`
  if (anchor === undefined) return null
  const known = [...DOCUMENTS, ...others].find((document) => document.path === path)
  return anchorsOf(known ?? readDocument(path)).has(anchor)
    ? null
    : `${from.path}: ${target}: ${path} has no such heading`
}

test('Every relative link and anchor of a document leads somewhere', () => {
  const documents = [...DOCUMENTS, ...others]
  const links = documents.flatMap((from) => linksOf(from).map((target) => ({ from, target })))
  expect(links.length).toBeGreaterThan(50)
  expect(links.flatMap(({ from, target }) => brokenLink(from, target) ?? [])).toEqual([])
})

test('A link to a missing file or heading is found', () => {
  const [readme] = DOCUMENTS
  expect(brokenLink(readme!, 'cdk/none.md')).toContain('there is no cdk/none.md')
  expect(brokenLink(readme!, '#none')).toContain('README.md has no such heading')
  expect(brokenLink(readme!, 'cdk/README.md#none')).toContain('cdk/README.md has no such heading')
  expect(brokenLink(readme!, '#the-rooms')).toBeNull()
})
