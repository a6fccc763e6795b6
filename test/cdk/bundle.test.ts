import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Bundles, bundleCode } from '../../cdk/bundle.ts'
import { configurationOf, readDeployment } from '../../cdk/config.ts'
import { type StageName, stageNamed } from '../../cdk/rooms.ts'
import { configurationSchema } from '../../functions/contract/scene.ts'
import { environmentSchema } from '../../functions/contract/stage.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const feed = configurationOf(readDeployment((key) => (key === 'scenes' ? 'feed' : undefined)))
const bundles = bundleCode(feed)
const stages = Object.entries(bundles.stages) as [StageName, Bundles['stages'][StageName]][]

/** Variables that are not names. */
const NO_NAMES = { INCREMENT_FUNCTION: 'absent', SPACE_TASK: 'absent', CREATED_SERVERS: '{}' }

describe('Bundles', () => {
  test.each(stages)(
    'The %s bundle starts under its declared environment and has a handler',
    (stage, { directory }) => {
      const variables = Object.fromEntries(
        Object.keys(environmentSchema(stageNamed(stage)).shape).map((name) => [name, 'a-name']),
      )
      const program = `const { handler } = await import(${JSON.stringify(`file://${directory}/index.mjs`)}); process.stdout.write(typeof handler)`
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', program],
        {
          env: { ...variables, ...NO_NAMES, AWS_REGION: 'us-east-1' },
          // Nothing beside the bundle helps it: neither the project nor its packages.
          cwd: temporaryFolder(),
          encoding: 'utf8',
        },
      )
      expect(stderr).toBe('')
      expect(stdout).toBe('function')
    },
  )

  test('Only bundles of stages that read scenes contain the scene configuration', () => {
    const withScenes = stages.filter(([, { directory }]) =>
      readdirSync(directory).includes('configuration.json'),
    )
    expect(withScenes.map(([stage]) => stage).sort()).toEqual([
      'advance',
      'chunk-drop',
      'clear',
      'embed',
      'erase',
      'evaluate',
      'exclude',
      'exclude-cheats',
      'explain',
      'features',
      'flag',
      'fold',
      'fold-graph',
      'forget',
      'freeze',
      'index-drop',
      'intake',
      'lineage',
      'make-preferences',
      'mirror-drop',
      'near-line',
      'parity',
      'place',
      'plan',
      'promote',
      'rebuild-index',
      'release',
      'report',
      'rollback',
      'run',
      'samples',
      'screen',
      'search',
      'start',
      'thaw',
      'verdicts',
    ])
    for (const [, { directory }] of withScenes) {
      const text = readFileSync(join(directory, 'configuration.json'), 'utf8')
      expect(configurationSchema.parse(JSON.parse(text))).toEqual(feed)
    }
  })

  test('The digest of each bundle is the SHA-256 of its code', () => {
    for (const [stage, { directory, digest }] of stages) {
      const code = readFileSync(join(directory, 'index.mjs'))
      expect(createHash('sha256').update(code).digest('hex'), stage).toBe(digest)
    }
  })

  test('The trainer bundle contains only its programs and its Dockerfile', () => {
    const { directory } = bundles.trainer
    expect(readdirSync(directory).sort()).toEqual(['Dockerfile', 'embed.mjs', 'fit.mjs'])
    const dockerfile = readFileSync(join(directory, 'Dockerfile'), 'utf8')
    for (const program of ['fit.mjs', 'embed.mjs']) expect(dockerfile).toContain(program)
  })

  test('The bundled code depends neither on the project folder nor the scenes', () => {
    const elsewhere = join(temporaryFolder(), 'a', 'project')
    mkdirSync(elsewhere, { recursive: true })
    for (const part of ['functions', 'cdk', 'package.json', 'package-lock.json', 'tsconfig.json'])
      cpSync(join(ROOT, part), join(elsewhere, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'))
    const program = `
      const { bundleCode } = await import('./cdk/bundle.ts')
      const { configurationOf, readDeployment } = await import('./cdk/config.ts')
      const other = configurationOf(readDeployment((key) => (key === 'scenes' ? 'movielens' : undefined)))
      const { stages, trainer } = bundleCode(other)
      process.stdout.write(JSON.stringify({ ...stages, trainer }))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: elsewhere,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const found = JSON.parse(stdout) as Record<string, { digest: string; directory: string }>
    expect(found['samples']!.directory).not.toBe(bundles.stages.samples.directory)
    const digests = (of: Record<string, { digest: string }>) =>
      Object.entries(of).map(([name, { digest }]) => `${name} ${digest}`)
    expect(digests(found)).toEqual(digests({ ...bundles.stages, trainer: bundles.trainer }))
  })
})
