import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { openRegistry } from '../../functions/release/registry.ts'
import { openWorkshop, SMALL_WORLD, type Workshop, worldDrops } from './run-world.ts'

const ROLLBACK = join(import.meta.dirname, '..', '..', 'cdk', 'rollback.ts')
let workshop: Workshop
let cloud: Cloud
beforeAll(async () => {
  workshop = await openWorkshop()
  cloud = await workshop.start()
  await workshop.replay(cloud, worldDrops({ ...SMALL_WORLD, days: 3 }))
}, 120_000)
afterAll(() => workshop?.end())

/** The command as a person runs it, its environment pointed at the local cloud. */
function rollback(...flags: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [ROLLBACK, ...flags], {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: cloud.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}
const functionName = (): string =>
  cloud.declarations.functions.find(({ stage }) => stage === 'rollback')!.name

describe('npm run rollback', () => {
  test('serves the release before the served one again and refuses the version it left', async () => {
    const registry = openRegistry(cloud.registry, 'feed')
    const before = (await registry.current())!
    const { code, out, err } = await rollback(
      '--function',
      functionName(),
      '--scene',
      'feed',
      '--reason',
      'clicks fell',
    )
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(`release ${before.sequence - 1}`)
    const after = (await registry.current())!
    expect(after.sequence).toBe(before.sequence - 1)
    expect((await registry.version(before.version))!.status).toBe('refused')
    expect((await registry.version(before.version))!.reason).toContain('clicks fell')
  })

  test('says in one sentence why it cannot', async () => {
    const flags = ['--function', functionName(), '--scene', 'feed', '--reason', 'test']
    const unknown = await rollback(...flags, '--to', '99')
    expect(unknown.code).toBe(1)
    expect(unknown.err).toMatch(/release 99 does not stand/)
    expect((await rollback('--scene', 'feed')).err).toMatch(/--function is missing/)
    expect((await rollback(...flags, '--to', 'x')).code).toBe(2)
  })
})
