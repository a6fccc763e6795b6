import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replay } from '../../cdk/cli/replay/replay.ts'
import { synthesize } from '../../cdk/cli/synth.ts'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { readAssembly } from '../../cdk/local/template/assembly.ts'
import { readDeclarations } from '../../cdk/local/template/declarations.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { SMALL_WORLD, silent, since, smallScene, worldDrops } from './run-world.ts'

const before = smallScene()
const WORLD = { ...SMALL_WORLD, days: 2, dirt: 0, cheats: 0 }
/** A day without its night is enough for the first full, and a morning for what grows after the upgrade. */
const START_MS = WORLD.startMs + 6 * HOUR_MS
const UPGRADE_MS = WORLD.startMs + DAY_MS + 12 * HOUR_MS
const END_MS = WORLD.startMs + 2 * DAY_MS + 7 * HOUR_MS
const folder = mkdtempSync(join(tmpdir(), 'quartermaster-upgrade-'))
const clouds: Cloud[] = []
afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function assemblyOf(name: string, scene: Scene): Promise<string> {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(scene))
  const assembly = join(folder, `${name}.out`)
  await synthesize(assembly, '', file)
  return assembly
}

/** A replay in the middle of whose second day another configuration is deployed. */
async function replayUpgrade(name: string, after: Scene): Promise<Findings> {
  const upgrade = readDeclarations(readAssembly(await assemblyOf(name, after)))
  const cloud = await startCloud({
    assembly: first,
    root: join(folder, `${name}.root`),
    startMs: START_MS,
    seed: 1,
  })
  clouds.push(cloud)
  function* drops(): Generator<Drop> {
    let isUpgraded = false
    for (const drop of since(START_MS, worldDrops(WORLD))) {
      if (!isUpgraded && drop.arrivalMs >= UPGRADE_MS) {
        cloud.functions.redeploy(upgrade.functions)
        isUpgraded = true
      }
      yield drop
    }
  }
  await replay(cloud, 'feed', drops(), silent, undefined, END_MS)
  expect(cloud.deadLetters()).toBe(0)
  expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
  return collectFindings(cloud, ['feed'])
}

let first: string
beforeAll(async () => {
  first = await assemblyOf('before', before)
}, 420_000)

describe('Configuration changes on running chains', () => {
  test('A change with the same model shape continues in the next increment', async () => {
    const findings = await replayUpgrade('slower', {
      ...before,
      model: { ...before.model, alpha: 0.05 },
    })
    const digests = new Set(findings.versions.map((row) => row.configurationDigest))
    expect(digests.size).toBe(2)
    const byId = new Map(findings.versions.map((row) => [row.version, row]))
    const joint = findings.versions.filter(
      ({ parent, configurationDigest }) =>
        parent !== null && byId.get(parent)!.configurationDigest !== configurationDigest,
    )
    // One in the hourly chain that was running, one in the chain of bases.
    expect(joint.map(({ tier }) => tier).sort()).toEqual(['daily', 'hourly'])
  }, 420_000)

  test('A change of shape rests the chain until a daily trains full', async () => {
    const findings = await replayUpgrade('wider', {
      ...before,
      features: [...before.features, { name: 'weekday', kind: 'category', of: 'time.day-of-week' }],
    })
    const old = findings.versions[0]!.shapeDigest
    const fresh = findings.versions.filter(({ shapeDigest }) => shapeDigest !== old)
    expect(fresh[0]).toMatchObject({ tier: 'full', parent: null, status: 'accepted' })
    expect(fresh[0]!.reason).not.toBe('')
    const ids = new Set(fresh.map(({ version }) => version))
    for (const { parent } of fresh.slice(1)) expect(ids.has(parent!)).toBe(true)
    // What was served stayed served until the new line had caught up.
    const serving = findings.releases.filter(({ kind }) => kind === 'flip').at(-1)!
    expect(ids.has(serving.version!)).toBe(true)
    expect(findings.releases.every(({ kind }) => kind !== 'failure')).toBe(true)
  }, 420_000)
})
