import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  type FreshResult,
  freshResultSchema,
  type Study,
} from '../../../functions/contract/fresh.ts'
import { renderFreshPage } from '../../../functions/report/fresh.ts'
import { readScene } from '../../config.ts'
import { createProgress } from '../progress.ts'
import { UsageError } from '../usage-error.ts'
import { FRESH_USAGE, type FreshOptions, parseFreshOptions } from './options.ts'
import { formatStudy } from './print.ts'
import type { StudySettings } from './settings.ts'
import { studyAbsence } from './study-absence.ts'
import { studyMovielens } from './study-movielens.ts'
import { studyDrift, studyTiers } from './study-tiers.ts'
import { studyYoungLabels } from './study-young-labels.ts'

const startedMs = Date.now()
const BOOTSTRAP = { resamples: 400, confidence: 0.95, seed: 1 }
const SCENES = join(import.meta.dirname, '..', '..', 'scenes')

async function measure(options: FreshOptions, settings: StudySettings): Promise<Study[]> {
  const { drift, movielens, youngLabels } = options
  if (youngLabels) return studyYoungLabels(settings, movielens)
  return [
    ...(await studyTiers(settings)),
    ...(await studyDrift(settings, drift)),
    ...(await studyAbsence(settings)),
    ...(movielens === null ? [] : await studyMovielens(settings, movielens)),
  ]
}

/** Studies of an earlier run that this one has not measured again. */
function standing(path: string, measured: readonly Study[]): Study[] {
  if (!existsSync(path)) return []
  const { studies } = freshResultSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  const groups = new Set(measured.map(({ group }) => group))
  return studies.filter(({ group }) => !groups.has(group))
}

async function main(): Promise<void> {
  const options = parseFreshOptions(process.argv.slice(2))
  if (options === null) {
    process.stdout.write(FRESH_USAGE)
    return
  }
  const progress = createProgress(process.stdout, startedMs)
  const settings: StudySettings = {
    feed: readScene(join(SCENES, 'feed.json')),
    movielens: readScene(join(SCENES, 'movielens.json')),
    seeds: Array.from({ length: options.seeds }, (_, i) => i + 1),
    days: options.days,
    users: options.users,
    bootstrap: BOOTSTRAP,
    say: progress.step,
  }
  const measured = await measure(options, settings)
  mkdirSync(options.out, { recursive: true })
  const path = join(options.out, 'fresh.json')
  const result: FreshResult = freshResultSchema.parse({
    formatVersion: 1,
    bootstrap: BOOTSTRAP,
    studies: [...standing(path, measured), ...measured],
  })
  const page = join(options.out, 'fresh.html')
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`)
  writeFileSync(page, renderFreshPage(result))
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(0)
  const here = (file: string): string => relative(process.cwd(), file)
  process.stdout.write(
    `\n${measured.map(formatStudy).join('\n\n')}\n\n${seconds} s. The page: ${here(page)}, the data: ${here(path)}\n`,
  )
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
