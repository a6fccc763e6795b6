import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { VERBS } from '../../cdk/operate/verbs.ts'
import { openRegistry } from '../../functions/release/registry.ts'
import { operate } from './operate.ts'
import { openWorkshop, SMALL_WORLD, type Workshop, worldDrops } from './run-world.ts'

let workshop: Workshop
let cloud: Cloud
beforeAll(async () => {
  workshop = await openWorkshop()
  cloud = await workshop.start()
  await workshop.replay(cloud, worldDrops({ ...SMALL_WORLD, days: 2 }))
}, 400_000)
afterAll(() => workshop?.end())

describe('npm run rollback', () => {
  test('serves the release before the served one again and refuses the version it left', async () => {
    const registry = openRegistry(cloud.registry, 'feed')
    const before = (await registry.current())!
    const why = ['--scene', 'feed', '--reason', 'clicks fell']
    const { code, out, err } = await operate(cloud, 'rollback', ...why)
    expect(err).toBe('')
    expect(code).toBe(0)
    const after = (await registry.current())!
    expect(after.sequence).toBeLessThan(before.sequence)
    expect(out).toContain(
      `release ${after.sequence} (${after.version}) is served again instead of release ${before.sequence}`,
    )
    expect((await registry.version(before.version))!.status).toBe('refused')
    expect((await registry.version(before.version))!.reason).toContain('clicks fell')
  })

  test('says in one sentence why it cannot', async () => {
    const flags = ['--scene', 'feed', '--reason', 'test']
    const unknown = await operate(cloud, 'rollback', ...flags, '--to', '9999')
    expect(unknown.code).toBe(1)
    expect(unknown.err).toMatch(/^release 9999 does not stand: .*\n$/)
    expect((await operate(cloud, 'rollback', '--scene', 'feed')).err).toMatch(/--reason is missing/)
    expect((await operate(cloud, 'rollback', ...flags, '--to', 'x')).code).toBe(2)
    const elsewhere = await operate(cloud, 'rollback', ...flags, '--stack', 'Other')
    expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining('Other-rollback') })
    expect((await operate(cloud, 'lineage', '--scene', 'food')).err).toMatch(/unknown scene "food"/)
    expect(await operate(cloud, 'undo')).toMatchObject({
      code: 2,
      err: 'undo: expected one of lineage, explain, promote, rollback, freeze, thaw, exclude, run\n',
    })
  })

  test('is one of the verbs, each a script and a function of its name', () => {
    const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')
    const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> }
    const names = cloud.declarations.functions.map(({ name }) => name)
    for (const [verb, { script }] of Object.entries(VERBS)) {
      expect(scripts[script]).toBe(`node cdk/operate.ts ${verb}`)
      expect(names).toContain(`QuartermasterPipeline-${verb}`)
    }
  })
})
