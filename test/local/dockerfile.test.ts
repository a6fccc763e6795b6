import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readDockerfile } from '../../cdk/local/sagemaker/dockerfile.ts'

const folder = mkdtempSync(join(tmpdir(), 'dockerfile-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('A job may start another program of its image', () => {
  writeFileSync(join(folder, 'other.mjs'), '')
  writeFileSync(
    join(folder, 'Dockerfile'),
    'FROM node\nCOPY other.mjs /opt/other.mjs\nENTRYPOINT ["node", "/opt/fit.mjs"]\n',
  )
  const { argv } = readDockerfile(folder, ['node', '--expose-gc', '/opt/other.mjs'])
  expect(argv).toEqual([process.execPath, '--expose-gc', join(folder, 'other.mjs')])
})

test('A Dockerfile that needs Docker itself is refused by its instruction', () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM node\nRUN apt-get update\n')
  expect(() => readDockerfile(folder)).toThrow(
    /the instruction "RUN apt-get update" is not supported on the local cloud/,
  )
  writeFileSync(join(folder, 'Dockerfile'), 'FROM node\n')
  expect(() => readDockerfile(folder)).toThrow(/has no ENTRYPOINT in exec form/)
})
