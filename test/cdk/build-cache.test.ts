import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findBuild, keepBuild } from '../../cdk/build-cache.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A project of two sources, and the name of its build: no other project's. */
function project(): { root: string; settings: string } {
  const root = temporaryFolder()
  writeFileSync(join(root, 'a.ts'), 'export const a = 1')
  writeFileSync(join(root, 'b.ts'), 'export const b = 2')
  return { root, settings: sha256Hex(root) }
}
const outputs = new Map([['a', new TextEncoder().encode('built')]])

test('A build is found in the cache while its sources are unchanged', () => {
  const { root, settings } = project()
  expect(findBuild(root, settings)).toBeNull()
  keepBuild(root, settings, ['a.ts', 'b.ts'], outputs)
  const found = findBuild(root, settings)
  expect([...found!].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
    ['a', 'built'],
  ])
})

test.each([
  ['has changed', (path: string) => writeFileSync(path, 'export const b = 3')],
  ['is gone', (path: string) => rmSync(path)],
])('A build is forgotten once a source file %s', (_, change) => {
  const { root, settings } = project()
  keepBuild(root, settings, ['a.ts', 'b.ts'], outputs)
  change(join(root, 'b.ts'))
  expect(findBuild(root, settings)).toBeNull()
  writeFileSync(join(root, 'b.ts'), 'export const b = 2')
  keepBuild(root, settings, ['a.ts', 'b.ts'], outputs)
  expect(findBuild(root, settings)?.size).toBe(1)
})
