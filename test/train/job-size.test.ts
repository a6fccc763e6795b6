import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readPeakResidentBytes } from '../../cdk/local/peak-memory.ts'
import { SAMPLE_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { featureColumns } from '../../functions/features/cells.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { jobSizeOf } from '../../functions/train/job-placement.ts'
import { layoutOf } from '../../functions/trainer/channels.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { makeRunFolder } from '../make/training-run.ts'

const FIT = join(import.meta.dirname, '..', '..', 'functions', 'trainer', 'fit.task.ts')
const scene = makeScene()
const FILE_ROWS = 15_000
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const hex = (text: string): string => createHash('md5').update(text).digest('hex')

/** Samples of the feed as a day writes them: hashed ids, twelve stored features. */
function feedRows(from: number, count: number) {
  const uniform = seededUniform(from + 1)
  return Array.from({ length: count }, (_, i) => {
    const user = hex(`u${Math.floor(20_000 * uniform() ** 2)}`)
    const item = `i${Math.floor(5_000 * uniform() ** 2)}`
    const label = uniform() < 0.1 ? 1 : 0
    return {
      sample: hex(`s${from + i}`),
      timeMs: DAY0_MS + ((from + i) % 1000) * (DAY_MS / 1000),
      user,
      item,
      label,
      isMature: true,
      known: 1,
      logOddsCorrection: -0.69,
      weight: label === 1 ? 1 : 2,
      position: 1 + (i % 8),
      f_user: user,
      f_item: item,
      f_category: `c${item.slice(-2)}`,
      f_segment: `s${user[0]}`,
      f_position: String(1 + (i % 8)),
      f_hour: String(i % 24),
      f_device: i % 3 === 0 ? 'desktop' : 'phone',
      f_item_shown_24h: Math.floor(1000 * uniform()),
      f_user_shown_7d: Math.floor(100 * uniform()),
      f_item_click_rate_24h: 0.2 * uniform(),
      f_item_click_rate_7d: 0.2 * uniform(),
      f_user_click_rate_7d: 0.2 * uniform(),
    }
  })
}

/** Trains so many rows in a process of its own; its highest resident set, as the kernel keeps it. */
async function measurePeak(tier: 'full' | 'daily', files: number): Promise<number> {
  const holdoutFromMs = tier === 'full' ? DAY0_MS + 0.9 * DAY_MS : null
  const version = `${tier}-20260106-00000001`
  const { root } = makeRunFolder({ configuration: scene, tier, version, holdoutFromMs }, [])
  folders.push(root)
  const { samples } = layoutOf(root)
  rmSync(samples, { recursive: true })
  mkdirSync(samples)
  const columns = { ...SAMPLE_COLUMNS, ...featureColumns(scene.features) }
  for (let n = 0; n < files; n++)
    writeFileSync(
      join(samples, `${n}.parquet`),
      writeParquet(columns, feedRows(n * FILE_ROWS, FILE_ROWS)),
    )
  const child = spawn(process.execPath, [FIT], { env: { ...process.env, ML_ROOT: root } })
  let peak = 0
  const look = setInterval(() => {
    peak = Math.max(peak, readPeakResidentBytes(child.pid!) ?? 0)
  }, 20)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(look)
  expect(code).toBe(0)
  return peak
}

describe.skipIf(process.platform !== 'linux')('the memory that a training is said to need', () => {
  test.each([
    ['full', 4],
    ['daily', 4],
  ] as const)(
    'A %s of %i files uses between half and all estimated memory',
    async (tier, files) => {
      const peak = await measurePeak(tier, files)
      const work = { tier, rows: files * FILE_ROWS, fileRows: FILE_ROWS, models: 0 }
      const { memoryBytes } = jobSizeOf(scene, work)
      expect(peak).toBeLessThanOrEqual(memoryBytes)
      expect(memoryBytes).toBeLessThanOrEqual(2 * peak)
    },
    300_000,
  )
})
