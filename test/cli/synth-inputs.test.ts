import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { digestInputs } from '../../cdk/cli/synth-inputs.ts'

let root: string
function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const digest = (sceneFile?: string): string =>
  digestInputs(root, 'feed', sceneFile && join(root, sceneFile))

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inputs-'))
  for (const path of ['cdk/app.ts', 'cdk/cli/start.ts', 'cdk/local/cloud.ts', 'functions/a/b.ts'])
    write(path, path)
  write('package-lock.json', '{}')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

describe('the digest of what a synthesis is made from', () => {
  test.each([
    'cdk/app.ts',
    'cdk/scenes/new.json',
    'functions/a/b.ts',
    'package-lock.json',
    'cdk.json',
    'node_modules/.package-lock.json',
  ])('A change of %s asks for a new synthesis', (path) => {
    const before = digest()
    expect(digest()).toBe(before)
    write(path, 'changed')
    expect(digest()).not.toBe(before)
  })

  test('A removed file asks for a new synthesis', () => {
    write('cdk/scenes/old.json', '{}')
    const before = digest()
    rmSync(join(root, 'cdk/scenes/old.json'))
    expect(digest()).not.toBe(before)
  })

  test.each(['cdk/cli/start.ts', 'cdk/local/cloud.ts'])(
    'A change of %s, which is not synthesized, asks for none',
    (path) => {
      const before = digest()
      write(path, 'changed')
      expect(digest()).toBe(before)
    },
  )

  test('Scenes, a scene file and the environment are inputs', () => {
    const digests = new Set([digest(), digestInputs(root, 'feed,other'), digest('none.json')])
    for (const text of ['{"a":1}', '{"a":2}']) {
      write('scene.json', text)
      digests.add(digest('scene.json'))
    }
    vi.stubEnv('CDK_DEFAULT_REGION', 'eu-west-1')
    digests.add(digest('scene.json'))
    expect(digests.size).toBe(6)
  })

  test('Another checkout has assemblies of its own', () => {
    const copy = mkdtempSync(join(tmpdir(), 'inputs-'))
    cpSync(root, copy, { recursive: true })
    expect(digestInputs(copy, 'feed')).not.toBe(digest())
    rmSync(copy, { recursive: true })
  })
})
