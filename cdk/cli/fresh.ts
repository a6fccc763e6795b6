import { existsSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type FreshResult, freshResultSchema, type Study } from '../../functions/contract/fresh.ts'
import { renderFreshPage } from '../../functions/report/fresh.ts'
import { runCommand } from './exit.ts'
import { FRESH_USAGE, type FreshOptions, parseFreshOptions } from './fresh/options.ts'
import { formatStudy } from './fresh/print.ts'
import { readFreshResult } from './fresh/read.ts'
import type { StudySettings } from './fresh/settings.ts'
import { studyAbsence } from './fresh/study-absence.ts'
import { studyFeatures } from './fresh/study-features.ts'
import { studyMovielens } from './fresh/study-movielens.ts'
import { studyDrift, studyTiers } from './fresh/study-tiers.ts'
import { studyYoungLabels } from './fresh/study-young-labels.ts'
import { makeFolder } from './out-folder.ts'
import { createProgress } from './progress.ts'
import { readShippedScene } from './scenes.ts'

const startedMs = Date.now()
const BOOTSTRAP = { resamples: 200, confidence: 0.95, seed: 1 }

async function* measure(options: FreshOptions, settings: StudySettings): AsyncGenerator<Study> {
  const { drift, movielens, youngLabels } = options
  if (options.features) return yield* studyFeatures(settings, options)
  if (youngLabels) return yield* studyYoungLabels(settings, movielens)
  yield* studyTiers(settings)
  yield* studyDrift(settings, drift)
  yield* studyAbsence(settings)
  if (movielens !== null) yield* studyMovielens(settings, movielens)
}

/** Studies of an earlier run in the same folder. */
const earlierStudies = (path: string): Study[] =>
  existsSync(path) ? readFreshResult(path, 'the earlier result').studies : []

/** Writes the studies so far, so that a stopped run keeps each finished study. */
function write(out: string, standing: readonly Study[], measured: readonly Study[]): void {
  const groups = new Set(measured.map(({ group }) => group))
  const result: FreshResult = freshResultSchema.parse({
    formatVersion: 1,
    bootstrap: BOOTSTRAP,
    studies: [...standing.filter(({ group }) => !groups.has(group)), ...measured],
  })
  writeFileSync(join(out, 'fresh.json'), `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(join(out, 'fresh.html'), renderFreshPage(result))
}

async function main(argv: string[]): Promise<number> {
  const options = parseFreshOptions(argv)
  if (options === null) {
    process.stdout.write(FRESH_USAGE)
    return 0
  }
  const progress = createProgress(process.stdout, startedMs)
  const settings: StudySettings = {
    feed: readShippedScene('feed'),
    movielens: readShippedScene('movielens'),
    openBandit: readShippedScene('open-bandit'),
    dropMinutes: options.dropMinutes,
    seeds: Array.from({ length: options.seeds }, (_, i) => i + 1),
    days: options.days,
    users: options.users,
    bootstrap: BOOTSTRAP,
    announce: progress.step,
  }
  makeFolder(options.out)
  const standing = earlierStudies(join(options.out, 'fresh.json'))
  const measured: Study[] = []
  for await (const study of measure(options, settings)) {
    measured.push(study)
    write(options.out, standing, measured)
    process.stdout.write(`\n${formatStudy(study)}\n\n`)
  }
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0)
  const here = (file: string): string => relative(process.cwd(), join(options.out, file))
  process.stdout.write(
    `${seconds} s. The page: ${here('fresh.html')}, the data: ${here('fresh.json')}\n`,
  )
  return 0
}

await runCommand(main)
