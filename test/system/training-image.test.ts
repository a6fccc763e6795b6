import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../cdk/cli/errors.ts'
import { whatToSynthesize } from '../../cdk/cli/own-scene.ts'
import { parseOptions } from '../../cdk/cli/start/options.ts'
import { synthesize } from '../../cdk/cli/synth.ts'
import { parseUpOptions } from '../../cdk/cli/up/options.ts'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { readDeployment } from '../../cdk/config.ts'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { readAssembly } from '../../cdk/local/template/assembly.ts'
import { readTrainer } from '../../cdk/training-image.ts'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { rawKey, runPlanKey, versionEvaluationKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import {
  evaluationSchema,
  PREDICTION_COLUMNS,
  runPlanSchema,
  trainingResultSchema,
  trainingRunSchema,
} from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { makeScene } from '../make/scene.ts'
import { readmeBlock, readmeCommands } from '../readme/blocks.ts'
import { ROOT, sectionOf } from '../readme/documents.ts'
import type { Command } from '../readme/shell.ts'
import { createLearner, load, predict } from '../trainer/image/learner.ts'
import { compareOnlineScores } from './online-scores.ts'
import { fireOnlyIn, hoursFrom, SMALL_WORLD, smallScene, worldDrops } from './run-world.ts'

const section = sectionOf('functions/trainer/README.md', 'Another training image')

const folder = mkdtempSync(join(tmpdir(), 'quartermaster-image-'))
const image = join(folder, 'my-image')
/** The words as they are typed, of a folder of this test's. */
const typed = ({ words }: Command): string[] => words.map((word) => word.replace('my-image', image))
const [make] = readmeCommands('Another training image', 'mkdir').map(typed)
const [copy] = readmeCommands('Another training image', 'cp').map(typed)
const [bundle, deploy] = readmeCommands('Another training image', 'npx').map(typed)
const [start] = readmeCommands('Another training image', 'npm').map(typed)

/** What an increment takes comes in hours here; the feed's own model, which has factors, is ours. */
const { tiers } = makeScene()
const scene = smallScene({ tiers: { ...tiers, hourly: { ...tiers.hourly!, minRows: 60 } } })
/** A day and the morning of the next, of users who come often. */
const crowd = { items: 40, newItemsPerDay: 2, sessionsPerUserAndDay: 2, cheats: 0 }
const world = { ...SMALL_WORLD, ...crowd, days: 2 }
const firstMs = world.startMs + 2 * HOUR_MS
const lastMs = world.startMs + DAY_MS + 12 * HOUR_MS
/** Ways to break what a job leaves, and when: each for an hour, and after them it is well. */
const breaksMs = world.startMs + DAY_MS + 7 * HOUR_MS
const BREAKS = [
  `rmSync(join(output, 'result.json'))`,
  `writeFileSync(join(output, 'result.json'), '{"rows": NaN}')`,
  `truncateSync(join(output, 'predictions.parquet'), 100)`,
] as const
const broken = (damage: string): string => `
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const output = join(process.env.ML_ROOT, 'output', 'data')
process.on('exit', () => { ${damage} })
await import('./well.mjs')
`

let cloud: Cloud
let findings: Findings
const assembly = join(folder, 'cdk.out')

function* drops(): Generator<Drop> {
  for (const drop of worldDrops(world)) {
    if (drop.kind !== 'events') yield { ...drop, arrivalMs: Math.max(drop.arrivalMs, firstMs) }
    else if (drop.arrivalMs >= firstMs && drop.arrivalMs < lastMs) yield drop
  }
}

async function replayDay(): Promise<void> {
  const program = join([...readAssembly(assembly).images.values()][0]!, 'adagrad.mjs')
  const well = readFileSync(program)
  writeFileSync(join(program, '..', 'well.mjs'), well)
  cloud = await startCloud({ assembly, root: join(folder, 'root'), startMs: firstMs, seed: 1 })
  fireOnlyIn(cloud, { 1: [1, 2, 4, ...hoursFrom(7, 10)], 2: [1, 2] })
  for (const drop of drops()) {
    await cloud.clock.advanceTo(drop.arrivalMs)
    const damage = BREAKS[Math.floor((drop.arrivalMs - breaksMs) / HOUR_MS)]
    writeFileSync(program, damage === undefined ? well : broken(damage))
    await cloud.dropRaw(rawKey('feed', drop.kind, drop.name), drop.body, drop.metadata)
  }
  // The next daily, and what is regrown on it.
  await cloud.clock.advanceTo(world.startMs + 2 * DAY_MS + 3 * HOUR_MS)
}

beforeAll(async () => {
  for (const [program, ...words] of [
    make!,
    copy!,
    ['node_modules/.bin/esbuild', ...bundle!.slice(2)],
  ]) {
    const { status, stderr } = spawnSync(program!, words, { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`)
  }
  const sceneFile = join(folder, 'scene.json')
  writeFileSync(sceneFile, JSON.stringify(scene))
  const [, setting] = /^trainingImage=(.+)$/.exec(deploy!.at(-1)!)!
  await synthesize(assembly, '', sceneFile, setting)
  await replayDay()
  findings = await collectFindings(cloud, ['feed'])
}, 420_000)
afterAll(async () => {
  await cloud?.close()
  rmSync(folder, { recursive: true, force: true })
})

const accepted = () => findings.versions.filter(({ status }) => status === 'accepted')

describe('The training image walk-through', () => {
  test('The walk-through shows its Dockerfile and each input and output field', () => {
    const example = readFileSync(join(ROOT, 'test', 'trainer', 'image', 'Dockerfile'), 'utf8')
    expect(`${readmeBlock('Another training image', 'FROM')}\n`).toBe(example)
    const fields = [trainingRunSchema, trainingResultSchema].flatMap(({ shape }) =>
      Object.keys(shape),
    )
    for (const field of [...fields, ...Object.keys(PREDICTION_COLUMNS)])
      expect(section, field).toContain(`\`${field}\``)
  })

  test('The walk-through command is valid for npm start and npm run up', () => {
    const words = start!.slice(start!.indexOf('--') + 1)
    const out = join(folder, 'out')
    const argv = [...words, '--out', out]
    const options = { out, scene: 'feed', isOwnScene: false, trainingImage: image }
    expect(parseOptions(argv)).toMatchObject(options)
    expect(parseUpOptions(argv, 0)).toMatchObject(options)
    expect(whatToSynthesize(parseOptions(argv)!)).toEqual(['feed', undefined, image])
  })

  test('The image trains a full, hourlies and a daily, which is served', () => {
    expect([...new Set(accepted().map(({ tier }) => tier))]).toEqual(['full', 'hourly', 'daily'])
    const { digest } = readTrainer(image)
    for (const { version, codeDigest, executor } of findings.versions)
      expect({ version, codeDigest, executor }).toEqual({
        version,
        codeDigest: digest,
        executor: 'sagemaker',
      })
    expect(cloud.jobs()).toHaveLength(findings.versions.length)
    expect(cloud.deadLetters()).toBe(0)
    expect(findings.current['feed']?.version).toBe(accepted().at(-1)!.version)
    expect(accepted().at(-1)!.tier).toBe('daily')
  })

  test('Every gate judges the image against earlier versions', async () => {
    for (const { version, parent } of accepted()) {
      const key = versionEvaluationKey('feed', version)
      const { verdicts, result } = await getJson(cloud.models, key, evaluationSchema)
      expect(verdicts.map(({ gate }) => gate)).toEqual(
        expect.arrayContaining(['weights', 'predictions', 'regression']),
      )
      if (parent !== null) expect(result.scorers).toContain(parent)
    }
  })

  test('The chain of the image trains on every sample exactly once', async () => {
    const { lake, models } = cloud
    const ports = { lake, models, registry: openRegistry(cloud.registry, 'feed') }
    const account = await checkExactlyOnce(ports, 'feed', accepted().at(-1)!.version)
    expect(account.violations).toEqual([])
    expect(account.samples).toBeGreaterThan(500)
  })

  test('An online service gets the predictions of the image itself', async () => {
    const { compared, furthest } = await compareOnlineScores(cloud, scene, (rows, model, base) => {
      const learner = createLearner(scene.model.hashBits)
      if (base) load(learner, base)
      return predict(load(learner, model), rows, 0)
    })
    expect(compared).toBeGreaterThan(50)
    expect(furthest).toBeLessThan(1e-6)
  })

  test('Another image gets no increment function, and the plan explains it', async () => {
    const stages = cloud.declarations.functions.map(({ stage }) => stage)
    expect(stages).toContain('start')
    expect(stages).not.toContain('increment')
    const template = readFileSync(join(assembly, 'QuartermasterPipeline.template.json'), 'utf8')
    expect(template).not.toContain('WhereToTrain')
    const hourly = accepted().find(({ tier }) => tier === 'hourly')!
    const plan = runPlanKey('feed', 'hourly', hourly.scheduledMs)
    expect((await getJson(cloud.lake, plan, runPlanSchema)).executorReason).toBe(
      'another training image is configured: its increments run on SageMaker',
    )
  })
})

describe('An image with broken outputs', () => {
  test('Each broken version fails with a sentence, and serving and training continue', () => {
    const failures = findings.releases.filter(({ kind }) => kind === 'failure')
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/output.tar.gz: got predictions.parquet, expected result.json$/),
      expect.stringMatching(/^result.json of hourly-.* is not valid JSON$/),
      expect.stringMatching(/^predictions.parquet of hourly-.*parquet file invalid/),
    ])
    for (const { from, to } of failures) expect(to).toBe(from)
    const lastMs = Math.max(...failures.map(({ timeMs }) => timeMs))
    const next = accepted().find(({ scheduledMs }) => scheduledMs > lastMs)!
    const before = accepted().findLast(({ scheduledMs }) => scheduledMs < lastMs)!
    expect(next).toMatchObject({ parent: before.version, dataFromMs: before.dataThroughMs })
  })

  test('Each judgement of a broken version ends without endless retries', () => {
    const failed = cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')
    expect(failed).toHaveLength(BREAKS.length)
    for (const { error } of failed) expect(error).toBe('TrainingFailed')
  })
})

describe('An invalid image folder', () => {
  const folderWith = (name: string, dockerfile: string | null): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    if (dockerfile !== null) writeFileSync(join(path, 'Dockerfile'), dockerfile)
    return path
  }

  test('An unsupported Dockerfile ends both commands with one sentence and code 2', () => {
    const path = folderWith('pip', 'FROM python:3\nRUN pip install numpy\nENTRYPOINT ["sh"]\n')
    for (const program of ['start.ts', 'up.ts']) {
      const argv = [join(ROOT, 'cdk', 'cli', program), '--training-image', path]
      const { status, stderr } = spawnSync(process.execPath, argv, {
        encoding: 'utf8',
        cwd: folder,
      })
      expect(stderr).toBe(
        `--training-image ${path}: ${path}/Dockerfile: the instruction "RUN pip install numpy" is not supported on the local cloud\n`,
      )
      expect(status).toBe(2)
    }
  })

  test.each<[string, string | null, RegExp]>([
    ['has no Dockerfile', null, /has no Dockerfile: the folder has no Dockerfile$/],
    ['copies a file that it lacks', 'COPY fit.py /fit.py', /: the folder has no fit.py$/],
    ['copies a folder', 'COPY . /program', /"COPY \. \/program" is not supported/],
    ['copies from a stage', 'COPY --from=build /a /b', /"COPY --from=build .*" is not supported/],
    ['sets two variables in a line', 'ENV A=1 B=2', /"ENV A=1 B=2" is not supported/],
    ['starts through a shell', 'ENTRYPOINT sh fit.sh', /"ENTRYPOINT sh fit.sh" is not supported/],
    ['starts nothing', '', /has no ENTRYPOINT in exec form$/],
    [
      'starts what this machine lacks',
      'ENTRYPOINT ["no-such-program"]',
      /: starts "no-such-program", which this machine does not have$/,
    ],
  ])('An image folder is refused before any run when it %s', (name, line, sentence) => {
    const path = folderWith(name, line === null ? null : `FROM scratch\n${line}\n`)
    const argv = ['--training-image', path, '--out', join(folder, 'out')]
    expect(() => parseOptions(argv)).toThrow(sentence)
    expect(() => parseUpOptions(argv, 0)).toThrow(sentence)
  })

  test('A missing image folder is refused', () => {
    const argv = ['--training-image', join(folder, 'nowhere'), '--out', join(folder, 'out')]
    expect(() => parseOptions(argv)).toThrow(
      new UsageError(`--training-image ${join(folder, 'nowhere')}: no such folder`),
    )
  })

  test('An invalid image folder ends synthesis and names the field', () => {
    for (const trainingImage of [join(folder, 'nowhere'), folderWith('bare', null)])
      expect(() =>
        readDeployment((key) => ({ scenes: 'feed', trainingImage })[key] as unknown),
      ).toThrow('context: trainingImage: expected a folder with a Dockerfile, got "/')
  })
})

describe('Continuing models of an image', () => {
  const imageOf = (name: string, label: string, program: string) => {
    const path = join(folder, name)
    mkdirSync(path)
    writeFileSync(join(path, 'Dockerfile'), `FROM scratch\n${label}\nENTRYPOINT ["sh"]\n`)
    writeFileSync(join(path, 'fit.sh'), program)
    return readTrainer(path)
  }

  test('An image state comes from its label, or otherwise from its files', () => {
    const label = 'LABEL quartermaster.state="sgd-2"'
    const [first, next] = [imageOf('one', label, 'echo 1'), imageOf('two', label, 'echo 2')]
    expect(next.digest).not.toBe(first.digest)
    expect([first.state, next.state]).toEqual(['sgd-2', 'sgd-2'])
    const [bare, other] = [imageOf('three', '', 'echo 1'), imageOf('four', '', 'echo 2')]
    expect(bare.state).toBe(bare.digest)
    expect(other.state).not.toBe(bare.state)
    expect(imageOf('five', '', 'echo 1')).toMatchObject({ digest: bare.digest, state: bare.digest })
  })
})
