import { compareDefences, scoreDefences } from './anticheat/auc.ts'
import { type Measured, measureLog, sumMeasured } from './anticheat/measure.ts'
import {
  ANTICHEAT_USAGE,
  type AnticheatOptions,
  parseAnticheatOptions,
} from './anticheat/options.ts'
import { formatHonest, formatMeasured } from './anticheat/print.ts'
import { screenWorld } from './anticheat/screen-world.ts'
import { formatWork, measureWork, type Work } from './anticheat/work.ts'
import { runCommand } from './exit.ts'
import type { ScoredTrial } from './fresh/compare.ts'
import { formatStudy } from './fresh/print.ts'
import { createProgress, type Progress } from './progress.ts'
import { readShippedScene } from './scenes.ts'
import { LOOK_ALIKES } from './world/attacks/kinds.ts'
import { WORLD_DEFAULTS, type WorldOptions } from './world/options.ts'

const startedMs = Date.now()
const scene = readShippedScene('feed')

interface MeasuredWorlds {
  name: string
  measured: Measured
  /** One a seed, with --auc. */
  trials: ScoredTrial[]
}

/** Worlds that differ only in their seed: the sums, and the scores of their models. */
async function measureSeeds(
  { users, days, firstSeed, seeds, isAuc }: AnticheatOptions,
  progress: Progress,
  name: string,
  changes: Partial<WorldOptions>,
): Promise<MeasuredWorlds> {
  const all: Measured[] = []
  const trials: ScoredTrial[] = []
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    progress.step(`${name}, seed ${seed}`)
    const world = screenWorld(scene, { ...WORLD_DEFAULTS, users, days, seed, ...changes })
    all.push(measureLog(world.screened, world.fates, world.truth))
    if (isAuc && changes.attackStrength !== undefined)
      trials.push(await scoreDefences(scene, world))
  }
  return { name, measured: sumMeasured(all), trials }
}

/** The work on a world, on one with four times the users, and on that one in two shards. */
function measureGrowth(options: AnticheatOptions, progress: Progress): Work[] {
  const { users, days, firstSeed: seed, attacks, cheats, strengths } = options
  const sizes = [
    { users, shards: 1 },
    { users: 4 * users, shards: 1 },
    { users: 4 * users, shards: 2 },
  ]
  return sizes.map((size) => {
    const { shards } = size
    progress.step(`work at ${size.users} users in ${shards} ${shards === 1 ? 'shard' : 'shards'}`)
    // All grows alike, so that four times the users make four times the events.
    const growth = size.users / users
    const changes = { attackStrength: growth * strengths[0]!, cheats: growth * cheats }
    const world = { ...WORLD_DEFAULTS, users: size.users, days, seed, attacks, ...changes }
    return measureWork(scene, world, shards)
  })
}

async function main(argv: string[]): Promise<number> {
  const options = parseAnticheatOptions(argv)
  if (options === null) {
    process.stdout.write(ANTICHEAT_USAGE)
    return 0
  }
  const progress = createProgress(process.stderr, startedMs)
  if (options.isWork) {
    process.stdout.write(`${formatWork(measureGrowth(options, progress))}\n`)
    return 0
  }
  const { attacks, cheats, strengths, users, days, seeds, isHonestToo } = options
  const measured: MeasuredWorlds[] = []
  for (const attackStrength of strengths) {
    const changes = { attacks, attackStrength, cheats }
    const name = `attacks at strength ${attackStrength}`
    measured.push(await measureSeeds(options, progress, name, changes))
  }
  const honest = isHonestToo
    ? [
        await measureSeeds(options, progress, 'an ordinary crowd', { cheats: 0 }),
        await measureSeeds(options, progress, 'with look-alikes', {
          ...{ cheats: 0, attacks: LOOK_ALIKES },
        }),
      ]
    : []
  progress.end()
  const studies = measured
    .filter(({ trials }) => trials.length > 0)
    .map(({ name, trials }) => compareDefences(name, trials))
  if (options.isJson) {
    const sums = [...measured, ...honest].map(({ trials: _, ...rest }) => rest)
    process.stdout.write(`${JSON.stringify({ measured: sums, studies }, null, 1)}\n`)
    return 0
  }
  const sizes = `${users} users, ${days} days, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`
  const parts = [
    ...measured.map(({ name, measured: sums }) => formatMeasured(`${name} (${sizes})`, sums)),
    ...(honest.length > 0 ? [formatHonest(honest)] : []),
    ...studies.map(formatStudy),
  ]
  process.stdout.write(`${parts.join('\n\n')}\n`)
  return 0
}

await runCommand(main)
