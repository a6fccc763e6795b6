import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { parseOptions } from '../../cdk/local/options.ts'
import { replay } from '../../cdk/local/replay.ts'
import { synthesize } from '../../cdk/local/synth.ts'
import { readAssembly } from '../../cdk/local/template/assembly.ts'
import type { Drop } from '../../cdk/local/world/world.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { trainingResultSchema, trainingRunSchema } from '../../functions/contract/training.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { collectFindings, type Findings } from '../../functions/report/collect.ts'
import { makeScene } from '../make/scene.ts'
import { createLearner, load, predict } from '../train/image/learner.ts'
import { compareOnlineScores } from './online-scores.ts'
import { SMALL_WORLD, silent, worldDrops } from './run-world.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const EXAMPLE = join(ROOT, 'test', 'train', 'image')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const from = readme.indexOf('### Another training image')
const section = readme.slice(from, readme.indexOf('\n## ', from))
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)![1]!

const folder = mkdtempSync(join(tmpdir(), 'quartermaster-image-'))
const image = join(folder, 'my-image')
/** The section's commands, of a folder beside the others of this test. */
const commands = block('sh')
  .replaceAll('my-image', image)
  .replaceAll('npx ', 'node_modules/.bin/')
  .trim()
  .split('\n')
const built = commands.filter((line) => !/ start | deploy /.test(line))
const flagOf = (command: RegExp, flag: RegExp): string =>
  flag.exec(commands.find((line) => command.test(line))!)![1]!

/** Few rows an hour, so that three hours make an increment; feed's own shape, factors and all. */
const feed = makeScene()
const scene = makeScene({
  canary: undefined,
  tiers: { ...feed.tiers, hourly: { ...feed.tiers.hourly!, minRows: 150 } },
})
const world = { ...SMALL_WORLD, days: 2, users: 120, items: 100 }
/** An increment leaves what is broken in these ways, one after the other, and then is well again. */
const BREAKS = [
  `rmSync(join(data, 'result.json'))`,
  `writeFileSync(join(data, 'result.json'), '{"rows": NaN}')`,
  `truncateSync(join(data, 'predictions.parquet'), 100)`,
] as const
const wrapped = (damage: string): string => `
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const data = join(process.env.ML_ROOT, 'output', 'data')
process.on('exit', () => { ${damage} })
await import('./well.mjs')
`

let cloud: Cloud
let findings: Findings
const assembly = join(folder, 'cdk.out')
/** The replay, in the middle of whose second day the image's program breaks. */
function* drops(): Generator<Drop> {
  const [asset] = readAssembly(assembly).images.values()
  const program = join(asset!, 'adagrad.mjs')
  const well = join(asset!, 'well.mjs')
  const breaksMs = world.startMs + DAY_MS + 10 * HOUR_MS
  let broken = -1
  for (const drop of worldDrops(world)) {
    const failed = cloud.jobs().length
    void failed
    if (drop.arrivalMs >= breaksMs && broken < 0) {
      renameSync(program, well)
      broken = 0
      writeFileSync(program, wrapped(BREAKS[0]))
    }
    yield drop
  }
}

beforeAll(async () => {
  for (const command of built) {
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command}: ${stderr}`)
  }
  const sceneFile = join(folder, 'scene.json')
  writeFileSync(sceneFile, JSON.stringify(scene))
  await synthesize(assembly, '', sceneFile, flagOf(/ deploy /, /trainingImage=(\S+)/))
  const startMs = world.startMs - 2 * HOUR_MS
  cloud = await startCloud({ assembly, root: join(folder, 'root'), startMs, seed: 1 })
  await replay(cloud, 'feed', drops(), silent)
  findings = await collectFindings(cloud.lake, cloud.registry, ['feed'])
}, 120_000)
afterAll(async () => {
  await cloud?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('probe', () => {
  console.log(
    findings.versions
      .map((v) => [v.version, v.status, v.executor, v.rows, v.reason].join(' '))
      .join('\n'),
  )
  console.log(findings.releases.map((v) => [v.kind, v.version, v.reason].join(' ')).join('\n'))
  void [
    EXAMPLE,
    parseOptions,
    trainingResultSchema,
    trainingRunSchema,
    decodeModel,
    createLearner,
    load,
    predict,
    compareOnlineScores,
    describe,
    expect,
  ]
})
