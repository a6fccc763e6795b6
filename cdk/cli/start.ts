import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { type Summary, summarySchema } from '../../functions/contract/summary.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import { renderPage } from '../../functions/report/page.ts'
import { compareContamination } from '../../functions/report/poison.ts'
import { type Cloud, startCloud } from '../local/cloud.ts'
import { exitWhenInterrupted, runCommand } from './exit.ts'
import { infer, parseInfer } from './infer/infer.ts'
import { claimFolder, emptyFolder } from './out-folder.ts'
import { describeLeftOut, whatToSynthesize } from './own-scene.ts'
import { createProgress, type Progress } from './progress.ts'
import { openPseudonyms, openRanking, type Ranking } from './ranking.ts'
import type { LogsToReplay } from './replay/files.ts'
import { replay } from './replay/replay.ts'
import { sliceLogs } from './replay/slices.ts'
import { openLanding } from './served/landing.ts'
import { openServedReader } from './served/open-reader.ts'
import { openSearchJudge, withJudge } from './served/search-judge.ts'
import { withServedCells } from './served/served-cells.ts'
import { openService } from './served/service.ts'
import { signDrops } from './sign-drops.ts'
import { parseOptions, type StartOptions, USAGE } from './start/options.ts'
import { findFailed, measureRuns } from './start/runs.ts'
import { formatSummary } from './start/summary.ts'
import { synthesize } from './synth.ts'
import { checkLogs } from './validate/check.ts'
import { printProfile } from './validate/print.ts'
import type { Search } from './world/search/searches.ts'
import { createWorld, type Drop } from './world/world.ts'

const startedMs = Date.now()

interface Drops {
  drops: Iterable<Drop>
  /** Searches of the last day whose relevance is known. */
  searches: readonly Search[]
  /** Time before the first drop. */
  startMs: number
}

/** Whether the logs are to be replayed. If they are not fit, prints what npm run validate prints. */
async function areFit(logs: LogsToReplay, isAnyway: boolean): Promise<boolean> {
  const { profile, findings, serious } = await checkLogs(logs, Date.now())
  if (serious.length === 0) return true
  process.stdout.write(`\n${printProfile(profile, findings)}\n`)
  process.stdout.write(
    isAnyway
      ? '--anyway: the logs are replayed, and all gates stay active\n'
      : 'nothing is replayed, and earlier results stay; --anyway replays these logs\n',
  )
  return isAnyway
}

/** Cuts logs into drops and empties the output folder. Null, with the folder untouched, if they are not fit. */
async function openLogs(
  logs: LogsToReplay,
  { out, isAnyway }: StartOptions,
  progress: Progress,
): Promise<Drops | null> {
  progress.step(`cutting ${logs.path} into hourly drops`)
  // In a separate folder, so that unreadable or unfit logs destroy no earlier results.
  const folder = mkdtempSync(join(out, 'slices-'))
  let isKept = false
  try {
    const slices = await sliceLogs(logs, folder)
    progress.step('checking them as npm run validate does')
    isKept = await areFit(logs, isAnyway)
    if (!isKept) return null
    emptyFolder(out, [basename(folder)])
    return { drops: slices.drops(), searches: [], startMs: slices.firstMs - 2 * HOUR_MS }
  } finally {
    if (!isKept) rmSync(folder, { recursive: true, force: true })
  }
}

/** Empties the output folder and returns the drops to replay. Null for logs that are not fit. */
async function openDrops(
  options: StartOptions,
  progress: Progress,
  releaseOf: (userId: string) => string | null,
): Promise<Drops | null> {
  if (options.logs) return openLogs(options.logs, options, progress)
  emptyFolder(options.out)
  const world = createWorld(options.world, releaseOf)
  const truth = world.cheats.map((cheat) => `${JSON.stringify(cheat)}\n`).join('')
  writeFileSync(join(options.out, 'ground-truth.jsonl'), truth)
  if (options.world.attacks.length > 0)
    writeFileSync(
      join(options.out, 'ground-truth-events.jsonl'),
      [...world.truth()].map((event) => `${JSON.stringify(event)}\n`).join(''),
    )
  const { startMs, days, surface } = options.world
  if (surface !== 'feed')
    writeFileSync(
      join(options.out, 'relevance.jsonl'),
      [...world.judgements()].map((one) => `${JSON.stringify(one)}\n`).join(''),
    )
  return {
    drops: world.drops(),
    searches: world.searches(startMs + (days - 1) * DAY_MS),
    startMs: startMs - 2 * HOUR_MS,
  }
}

async function summarize(
  cloud: Cloud,
  scene: Scene,
  measured: Pick<Summary, 'landing' | 'search'>,
): Promise<Summary> {
  const name = scene.scene
  const findings = await collectFindings(cloud, [name])
  const { lake, models } = cloud
  const served = findings.current[name]?.version
  const ports = { lake, models, registry: openRegistry(cloud.registry, name) }
  const account = served === undefined ? null : await checkExactlyOnce(ports, name, served)
  return summarySchema.parse({
    formatVersion: 1,
    ...findings,
    poison: compareContamination(findings, [scene]),
    runs: measureRuns(cloud.executions()),
    exactlyOnce: { [name]: account },
    stages: cloud.usage.stages(),
    tables: await cloud.tableSizes(),
    deadLetters: cloud.deadLetters(),
    failedRuns: findFailed(cloud.executions()),
    ...measured,
    totalSeconds: (Date.now() - startedMs) / 1000,
  })
}

/**
 * Replays the drops beside a service that logs the cells it serves, and measures how drops land and how
 * well the served model orders search results.
 */
async function replayServed(
  cloud: Cloud,
  { scene, configuration }: StartOptions,
  { drops, searches }: Drops,
  progress: Progress,
  refresh: () => Promise<void>,
): Promise<Pick<Summary, 'landing' | 'search'>> {
  const pseudonymize = await openPseudonyms(cloud, scene)
  const reader = await openServedReader(cloud, scene)
  const judge = openSearchJudge(reader, searches, (id) => pseudonymize('user', id))
  const service = withJudge(await openService(cloud, configuration, pseudonymize), judge)
  const landing = openLanding(cloud, scene)
  const served = withServedCells(drops, cloud.clock, service)
  const signing = await signDrops(cloud, configuration)
  await replay(signing, scene, served, progress, async (drop) => {
    const item = service.itemOf(drop)
    if (item !== null) await landing.measure(item, drop.arrivalMs)
    await refresh()
  })
  return { landing: landing.seconds(), search: judge.quality() }
}

async function main(argv: string[]): Promise<number> {
  const inferring = parseInfer(argv)
  if (inferring) {
    const { text, exitCode } = await infer(inferring, Date.now())
    process.stdout.write(text)
    return exitCode
  }
  const options = parseOptions(argv)
  if (options === null) {
    process.stdout.write(USAGE)
    return 0
  }
  const progress = createProgress(process.stdout, startedMs)
  process.once('exit', claimFolder(options.out, 'npm start'))
  let ranking: Ranking | null = null
  const releaseOf = (userId: string): string | null => ranking?.releaseOf(userId) ?? null
  const opened = await openDrops(options, progress, releaseOf)
  if (opened === null) return 1

  const leftOut = describeLeftOut(options.configuration)
  if (leftOut !== null) progress.step(leftOut)
  progress.step('synthesizing the CDK app')
  const assembly = join(options.out, 'cdk.out')
  await synthesize(assembly, ...whatToSynthesize(options))
  progress.step('bringing it up on 127.0.0.1')
  const cloud = await startCloud({
    ...{ assembly, root: options.out, startMs: opened.startMs },
    seed: options.world.seed,
  })
  ranking = await openRanking(cloud, options.scene)
  const stopListening = exitWhenInterrupted(() => {
    progress.end()
    process.stderr.write('stopped; the results so far stay in the output folder\n')
    return cloud.close()
  })
  try {
    progress.step(options.logs ? 'replaying your logs' : 'replaying the seeded world')
    const measured = await replayServed(cloud, options, opened, progress, ranking.refresh)
    progress.step('collecting the result')
    const summary = await summarize(cloud, options.configuration, measured)
    writeFileSync(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`)
    const page = join(options.out, 'report.html')
    const configurations = [options.configuration]
    writeFileSync(page, renderPage(summary, { ...summary, configurations, fresh: options.fresh }))
    progress.end()
    process.stdout.write(
      `\n${formatSummary(summary)}\n\n${summary.totalSeconds.toFixed(0)} s. The page: ${relative(process.cwd(), page)}, the data: ${relative(process.cwd(), join(options.out, 'summary.json'))}\n`,
    )
    return 0
  } finally {
    stopListening()
    await cloud.close()
  }
}

await runCommand(main)
