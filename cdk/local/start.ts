import { readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Scene } from '../../functions/contract/scene.ts'
import { type Summary, summarySchema } from '../../functions/contract/summary.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { openRegistry } from '../../functions/release/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import { renderPage } from '../../functions/report/page.ts'
import { comparePoison } from '../../functions/report/poison.ts'
import { checkExactlyOnce } from '../../functions/train/lineage/check.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { endAtOnceByThrown, endBy } from './ending.ts'
import { infer, parseInfer } from './infer/infer.ts'
import { parseOptions, type StartOptions, USAGE } from './options.ts'
import { claimFolder, emptyFolder } from './out-folder.ts'
import { createProgress, type Progress } from './progress.ts'
import { openRanking, type Ranking } from './ranking.ts'
import { whatToSynthesize } from './replay/own-scene.ts'
import { sliceLogs } from './replay/slices.ts'
import { replay } from './replay.ts'
import { measureRuns } from './runs.ts'
import { synthesize } from './synth.ts'
import { formatSummary } from './table.ts'
import { createWorld, type Drop } from './world/world.ts'

const startedMs = Date.now()
const SLICES = 'slices'
const SCENES = readdirSync(join(import.meta.dirname, '..', 'scenes')).map((file) =>
  file.replace(/\.json$/, ''),
)

/** Empties the output folder. The drops to replay, and the instant before the first of them. */
async function openDrops(
  options: StartOptions,
  progress: Progress,
  releaseOf: (userId: string) => string | null,
) {
  if (options.logs) {
    progress.step(`cutting ${options.logs.path} into hourly drops`)
    // Before the folder is emptied: logs that cannot be read cost no earlier result.
    const slices = await sliceLogs(options.logs, join(options.out, SLICES))
    emptyFolder(options.out, [SLICES])
    return { drops: slices.drops() as Iterable<Drop>, startMs: slices.firstMs - 2 * HOUR_MS }
  }
  emptyFolder(options.out)
  const world = createWorld(options.world, releaseOf)
  const truth = world.cheats.map((cheat) => `${JSON.stringify(cheat)}\n`).join('')
  writeFileSync(join(options.out, 'ground-truth.jsonl'), truth)
  return { drops: world.drops(), startMs: options.world.startMs - 2 * HOUR_MS }
}

async function summarize(cloud: Cloud, scene: Scene): Promise<Summary> {
  const name = scene.scene
  const findings = await collectFindings(cloud.lake, cloud.registry, [name])
  const { lake, models } = cloud
  const served = findings.current[name]?.version
  const ports = { lake, models, registry: openRegistry(cloud.registry, name) }
  const account = served === undefined ? null : await checkExactlyOnce(ports, name, served)
  return summarySchema.parse({
    formatVersion: 1,
    ...findings,
    poison: comparePoison(findings, [scene]),
    runs: measureRuns(cloud.executions()),
    exactlyOnce: { [name]: account },
    stages: cloud.usage.stages(),
    deadLetters: cloud.deadLetters(),
    totalSeconds: (Date.now() - startedMs) / 1000,
  })
}

async function main(): Promise<void> {
  const inferring = parseInfer(process.argv.slice(2))
  if (inferring) {
    process.stdout.write(await infer(inferring, SCENES))
    return
  }
  const options = parseOptions(process.argv.slice(2), SCENES)
  if (options === null) {
    process.stdout.write(USAGE)
    return
  }
  const progress = createProgress(process.stdout, startedMs)
  process.once('exit', claimFolder(options.out, 'npm start'))
  let ranking: Ranking | null = null
  const releaseOf = (userId: string): string | null => ranking?.releaseOf(userId) ?? null
  const { drops, startMs } = await openDrops(options, progress, releaseOf)

  progress.step('synthesizing the CDK app')
  const assembly = join(options.out, 'cdk.out')
  await synthesize(assembly, ...whatToSynthesize(options))
  progress.step('bringing it up on 127.0.0.1')
  const cloud = await startCloud({ assembly, root: options.out, startMs, seed: options.world.seed })
  ranking = await openRanking(cloud, options.scene)
  const stop = (): void => {
    progress.end()
    process.stderr.write('stopped; what was done so far stays in the output folder\n')
    cloud.close().finally(() => process.exit(130))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    progress.step(options.logs ? 'replaying your logs' : 'replaying the seeded world')
    await replay(cloud, options.scene, drops, progress, ranking.refresh)
    progress.step('collecting the result')
    const summary = await summarize(cloud, options.configuration)
    writeFileSync(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`)
    const page = join(options.out, 'report.html')
    writeFileSync(page, renderPage(summary, { ...summary, fresh: options.fresh }))
    progress.end()
    process.stdout.write(
      `\n${formatSummary(summary)}\n\n${summary.totalSeconds.toFixed(0)} s. The page: ${relative(process.cwd(), page)}, the data: ${relative(process.cwd(), join(options.out, 'summary.json'))}\n`,
    )
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await cloud.close()
  }
}

endAtOnceByThrown()
try {
  await main()
} catch (error) {
  endBy(error)
}
