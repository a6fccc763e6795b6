import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { synthesize } from '../../cdk/cli/synth.ts'
import { keepPace } from '../../cdk/cli/up/pace.ts'
import { type Cloud, startCloud } from '../../cdk/local/cloud.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { FOLDED_SK, type FoldedRow, foldedPk } from '../../functions/contract/values.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { quantileOfSorted } from '../../functions/math/quantile.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openValues } from '../../functions/reader/values.ts'
import { makeScene } from '../make/scene.ts'

const DROPS = 60
const EVENTS = 20
/** The first drops start the functions. */
const WARM_UP = 5
const POLL_MS = 10
const NEAR_LINE_SECONDS = 1
/** As the reader's default. */
const VALUES_MS = 1000
const TIMEOUT_MS = 30_000

/** One impression of an own item for each drop, among others. */
const linesOf = (drop: number, timeMs: number): string =>
  Array.from({ length: EVENTS }, (_, n) =>
    JSON.stringify({
      ...{ type: 'impression', eventId: `${drop}-${n}`, timeMs, userId: `person-${n}` },
      itemId: n === 0 ? `fresh-${drop}` : `i${n}`,
    }),
  ).join('\n')

/** Milliseconds from the end of a drop's PUT until the reader's value counts its event. */
async function measureDrop(
  cloud: Cloud,
  drop: number,
  isServed: (item: string, timeMs: number) => Promise<boolean>,
): Promise<number> {
  const timeMs = cloud.clock.now()
  const body = new TextEncoder().encode(linesOf(drop, timeMs))
  await cloud.dropRaw(rawKey('feed', 'events', `${drop}.jsonl`), body)
  const landed = performance.now()
  for (;;) {
    if (await isServed(`fresh-${drop}`, cloud.clock.now())) return performance.now() - landed
    if (performance.now() - landed > TIMEOUT_MS)
      throw new Error(`drop ${drop}: not served after ${TIMEOUT_MS} ms`)
    await pause(POLL_MS)
  }
}

async function measureDrops(cloud: Cloud): Promise<number[]> {
  const [series] = seriesOf([
    {
      ...{ name: 'shown', kind: 'count', entity: 'item', event: 'impression', windowHours: 24 },
    },
  ])
  const values = openValues({
    ...{ online: cloud.online, scene: 'feed', valuesMs: VALUES_MS, maxEntities: 1000 },
    onFault: (fault) => {
      throw fault
    },
  })
  const isServed = async (item: string, timeMs: number): Promise<boolean> => {
    const { values: known } = await values.read('nobody', [item], timeMs)
    return known.stateOf(series!, item, timeMs, 24, true) !== null
  }
  // The first closing would write it. Readers take δ from it.
  const folded: FoldedRow = {
    ...{ closedThroughMs: 0, arrivedThroughMs: 0, scheduledMs: 0, series: [], exclusions: [] },
    nearLineMs: NEAR_LINE_SECONDS * 1000,
  }
  await cloud.online.put(foldedPk('feed'), FOLDED_SK, folded)
  const uniform = seededUniform(1)
  const delays: number[] = []
  for (let drop = 0; drop < WARM_UP + DROPS; drop++) {
    // The item is in the reader's cache already, read at any time in the last second.
    await isServed(`fresh-${drop}`, cloud.clock.now())
    await pause(VALUES_MS * uniform())
    delays.push(await measureDrop(cloud, drop, isServed))
  }
  return delays.slice(WARM_UP).sort((a, b) => a - b)
}

/**
 * Prints the time from a landed drop to a served value, on the local cloud in real time: EventBridge,
 * intake, manifest, near line, table and a reader that reads values of one second. The scene's δ is one
 * second, which is part of the time.
 */
export async function benchFreshness(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'freshness-'))
  const scene = makeScene({ nearLineSeconds: NEAR_LINE_SECONDS })
  const file = join(root, 'scene.json')
  writeFileSync(file, JSON.stringify(scene))
  const assembly = join(root, 'cdk.out')
  await synthesize(assembly, '', file)
  const startMs = Date.now()
  const cloud = await startCloud({ assembly, root, startMs, seed: 1, isRealTime: true })
  const pace = keepPace(cloud.clock, { speed: 1, aheadMs: startMs - Date.now() }, (error) => {
    throw error
  })
  try {
    const delays = await measureDrops(cloud)
    const [p50, p95] = [0.5, 0.95].map((q) => Math.round(quantileOfSorted(delays, q)))
    process.stdout.write(
      `${DROPS} drops, δ ${NEAR_LINE_SECONDS} s: landed to served p50 ${p50} ms, p95 ${p95} ms\n`,
    )
  } finally {
    pace.stop()
    await cloud.close()
    rmSync(root, { recursive: true, force: true })
  }
}
