import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERBS } from '../../cdk/cli/operate/verbs.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { functionArn } from '../../cdk/local/lambda/pool.ts'
import { versionManifestKey } from '../../functions/contract/keys.ts'
import { MODEL_PART } from '../../functions/contract/part.ts'
import { DAY_MS, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import { versionManifestSchema } from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { openRegistry, type Registry } from '../../functions/registry/registry.ts'
import { makeScene } from '../make/scene.ts'
import { operate } from './operate.ts'
import {
  fireOnlyIn,
  openWorkshop,
  SMALL_WORLD,
  smallScene,
  type Workshop,
  worldDrops,
} from './run-world.ts'

let workshop: Workshop
let cloud: Cloud
let registry: Registry
beforeAll(async () => {
  workshop = await openWorkshop(smallScene({ canary: makeScene().canary }))
  cloud = await workshop.start()
  fireOnlyIn(cloud, { 1: [1, 2, 4, 8, 12, 16, 20], 2: [1, 2, 3, 4] })
  const endMs = SMALL_WORLD.startMs + 2 * DAY_MS + 5 * HOUR_MS
  await workshop.replay(cloud, worldDrops({ ...SMALL_WORLD, days: 2 }), endMs)
  registry = openRegistry(cloud.registry, 'feed')
}, 400_000)
afterAll(() => workshop?.end())

/** A verb that is expected to succeed, as of the local cloud's own time. */
async function ask(verb: string, ...flags: string[]): Promise<string> {
  const { code, out, err } = await operate(cloud, verb, '--scene', 'feed', ...flags)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}
const now = (): string[] => ['--at', isoSeconds(cloud.clock.now())]
/** Until nothing is under way, and `minutes` more. */
const pass = (minutes: number): Promise<unknown> =>
  cloud.clock.advanceTo(cloud.clock.now() + minutes * MINUTE_MS)
const served = async (): Promise<string> => (await registry.current())!.version!

describe('Registry commands', () => {
  test('The lineage and explain commands give origin, reason and data', async () => {
    const { sequence, version } = (await registry.current())!
    const lineage = await ask('lineage')
    expect(lineage).toContain(`release ${sequence} (${version}) has been served since`)
    const data = JSON.parse(await ask('lineage', '--json', '--limit', '200'))
    expect(data.chain.at(-1)).toMatchObject({ tier: 'full', parent: null })
    const text = await ask('explain')
    for (const part of [
      `release ${sequence}: ${version} (accepted), served now`,
      'passed',
      'SHA-256',
    ])
      expect(text).toContain(part)
    const { data: learned } = JSON.parse(await ask('explain', '--json'))
    const row = (await registry.version(version!))!
    expect(learned[0]).toMatchObject({
      version,
      manifestDigest: row.manifestDigest,
      rows: row.rows,
    })
    expect(await ask('explain', '--sequence', '1')).toMatch(/^release 1: full-.*\n[\s\S]*flip: /)
  })

  test('A frozen tier grows nothing, and thawing it catches up', async () => {
    const why = ['--subject', 'hourly', '--reason', 'a migration']
    expect(await ask('freeze', ...why, ...now())).toBe('hourly is frozen: a migration\n')
    const before = (await registry.versions('hourly')).length
    await ask('run', '--tier', 'hourly', ...now())
    await pass(1)
    expect(await registry.versions('hourly')).toHaveLength(before)
    await ask('thaw', ...why, ...now())
    expect((await operate(cloud, 'thaw', '--scene', 'feed', ...why)).err).toMatch(/is not frozen/)
  })

  test('Excluded hours take down their versions, and the chain regrows without them', async () => {
    const left = await served()
    const { base, parent } = (await registry.version(left))!
    const learned = await getJson(
      cloud.models,
      versionManifestKey('feed', parent!),
      versionManifestSchema,
    )
    const { fromMs } = learned.sets[0]!
    const interval = ['--from', isoSeconds(fromMs), '--through', isoSeconds(fromMs + HOUR_MS)]
    const text = await ask('exclude', ...interval, '--reason', 'a broken client', ...now())
    expect(text).toContain(left)
    expect(text).toMatch(
      /the lineage is rebuilt without it: runs of these tiers are started: .*hourly/,
    )
    await pass(1)
    const regrown = (await registry.version(await served()))!
    expect(regrown.version).not.toBe(left)
    expect(regrown).toMatchObject({ status: 'accepted', base })
    const manifest = await getJson(
      cloud.models,
      versionManifestKey('feed', regrown.version),
      versionManifestSchema,
    )
    // Beside hours that a data gate has excluded.
    expect(manifest.exclusions).toContainEqual({ fromMs, throughMs: fromMs + HOUR_MS })
    for (const { key } of manifest.sets.flatMap(({ files }) => files))
      for (const { timeMs } of await readParquet<{ timeMs: number }>(await cloud.lake.get(key), [
        'timeMs',
      ]))
        expect(timeMs >= fromMs && timeMs < fromMs + HOUR_MS).toBe(false)
    expect(await ask('explain')).toContain('without')
  })

  test('A refused version is promoted and then rolled back', async () => {
    const before = (await registry.current())!
    const refused = (await registry.versions('hourly')).findLast(
      ({ status, modelKey }) => status === 'refused' && modelKey !== null,
    )!
    const promotion = ['--version', refused.version, '--reason', 'the exclusion was a mistake']
    expect(await ask('promote', ...promotion, ...now())).toContain(
      `release ${before.lastSequence + 1} (${refused.version}) is served instead of release ${before.sequence}, although a gate refused it`,
    )
    expect(await served()).toBe(refused.version)
    await pass(1)
    await ask('rollback', '--reason', 'no, it was right', ...now())
    expect(await registry.current()).toMatchObject({
      sequence: before.sequence,
      version: before.version,
    })
    expect(cloud.deadLetters()).toBe(0)
    expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
  })

  test('A rollback serves the previous release and refuses the current version', async () => {
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
    expect((await registry.version(before.version!))!.status).toBe('refused')
    expect((await registry.version(before.version!))!.reason).toContain('clicks fell')
  })

  test('A rollback that is impossible gives one sentence with the reason', async () => {
    const flags = ['--scene', 'feed', '--reason', 'test']
    const unknown = await operate(cloud, 'rollback', ...flags, '--to', '9999')
    expect(unknown.code).toBe(1)
    expect(unknown.err).toMatch(/^no release 9999 before \d+ to roll back to: .*\n$/)
    expect((await operate(cloud, 'rollback', '--scene', 'feed')).err).toMatch(/--reason is missing/)
    expect((await operate(cloud, 'rollback', ...flags, '--to', 'x')).code).toBe(2)
    const elsewhere = await operate(cloud, 'rollback', ...flags, '--stack', 'Other')
    expect(elsewhere).toMatchObject({ code: 2, err: expect.stringContaining('Other-rollback') })
    expect((await operate(cloud, 'lineage', '--scene', 'food')).err).toMatch(/unknown scene "food"/)
    expect(await operate(cloud, 'undo')).toMatchObject({
      code: 2,
      err: 'undo: expected one of lineage, explain, features, promote, rollback, freeze, thaw, exclude, flag, clear, forget, erase, run\n',
    })
  })

  test('Each verb has a script and a function of its name', () => {
    const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')
    const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> }
    const names = cloud.declarations.functions.map(({ name }) => name)
    for (const [verb, { script }] of Object.entries(VERBS)) {
      expect(scripts[script]).toBe(`node cdk/cli/operate.ts ${verb}`)
      expect(names).toContain(`QuartermasterPipeline-${verb}`)
    }
  })

  test('Old versions are collected and never rolled back to', async () => {
    const { name } = cloud.declarations.functions.find(({ stage }) => stage === 'collect')!
    const scheduledTime = isoSeconds(cloud.clock.now() + 10 * DAY_MS)
    const { functionError, payload } = await cloud.functions.invoke(functionArn(name), {
      scene: 'feed',
      scheduledTime,
    })
    expect(functionError).toBeNull()
    const { versions } = payload as { versions: string[] }
    expect(versions.length).toBeGreaterThan(3)
    expect(versions).not.toContain(await served())
    const gone = (await registry.releases()).find(({ version }) => versions.includes(version))!
    expect(await cloud.models.find(gone.parts[MODEL_PART]!.key)).toBeNull()
    const flags = ['--scene', 'feed', '--reason', 'test', '--to', String(gone.sequence)]
    const { code, err } = await operate(cloud, 'rollback', ...flags)
    expect(code).toBe(1)
    expect(err).toMatch(/^release \d+ was collected: .* was deleted; .*\n$/)
  })
})
