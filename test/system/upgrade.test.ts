import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { readAssembly } from '../../cdk/local/template/assembly.ts'
import { readDeclarations } from '../../cdk/local/template/declarations.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { AS_BY_COMMAND, synthesize } from '../cdk/synthesized.ts'
import { fewDays, playFewDays, START_MS } from './few-days.ts'
import { screenedScene } from './run-world.ts'

const before = screenedScene()
const steps = fewDays()
/** The first run after a full and its increment; the daily and its increment come later. */
const upgraded = steps.find((step) => 'tier' in step && step.timeMs > START_MS + DAY_MS)
const folder = mkdtempSync(join(tmpdir(), 'quartermaster-upgrade-'))
const clouds: Cloud[] = []
afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud.close()))
  rmSync(folder, { recursive: true, force: true })
})

function assemblyOf(name: string, scene: Scene): string {
  const sceneFile = join(folder, `${name}.json`)
  writeFileSync(sceneFile, JSON.stringify(scene))
  return synthesize({ scenes: '', sceneFile, ...AS_BY_COMMAND })
}

/** A replay on whose second day another configuration is deployed. */
async function replayUpgrade(name: string, after: Scene): Promise<Findings> {
  const upgrade = readDeclarations(readAssembly(assemblyOf(name, after)))
  const cloud = await startCloud({
    assembly: first,
    root: join(folder, `${name}.root`),
    startMs: START_MS,
    seed: 1,
  })
  clouds.push(cloud)
  await playFewDays(cloud, steps, (step) => {
    if (step === upgraded) cloud.functions.redeploy(upgrade.functions)
  })
  expect(cloud.deadLetters()).toBe(0)
  expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
  return collectFindings(cloud, ['feed'])
}

let first: string
beforeAll(() => {
  first = assemblyOf('before', before)
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
