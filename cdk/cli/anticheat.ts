import { fatesOf } from './anticheat/fates.ts'
import { openTruth } from './anticheat/ground-truth.ts'
import { type Measured, measureLog, sumMeasured } from './anticheat/measure.ts'
import {
  ANTICHEAT_USAGE,
  type AnticheatOptions,
  parseAnticheatOptions,
} from './anticheat/options.ts'
import { formatHonest, formatMeasured } from './anticheat/print.ts'
import { screenLog } from './anticheat/screen-log.ts'
import { runCommand } from './exit.ts'
import { worldLog } from './fresh/log.ts'
import { createProgress, type Progress } from './progress.ts'
import { readShippedScene } from './scenes.ts'
import { LOOK_ALIKES } from './world/attacks/kinds.ts'
import { WORLD_DEFAULTS, type WorldOptions } from './world/options.ts'
import { createWorld } from './world/world.ts'

const startedMs = Date.now()
const scene = readShippedScene('feed')

function measureWorld(options: WorldOptions): Measured {
  const world = createWorld(options)
  const log = worldLog(options, scene, world)
  const screened = screenLog(scene, log)
  const truth = openTruth(world.truth(), screened.accepted)
  return measureLog(screened, fatesOf(screened), truth)
}

/** The sums over worlds that differ only in their seed. */
function measureSeeds(
  { users, days, firstSeed, seeds }: AnticheatOptions,
  progress: Progress,
  name: string,
  changes: Partial<WorldOptions>,
): { name: string; measured: Measured } {
  const all = Array.from({ length: seeds }, (_, n) => {
    const seed = firstSeed + n
    progress.step(`${name}, seed ${seed}`)
    return measureWorld({ ...WORLD_DEFAULTS, users, days, seed, ...changes })
  })
  return { name, measured: sumMeasured(all) }
}

async function main(argv: string[]): Promise<number> {
  const options = parseAnticheatOptions(argv)
  if (options === null) {
    process.stdout.write(ANTICHEAT_USAGE)
    return 0
  }
  const { attacks, cheats, strengths, users, days, seeds } = options
  const progress = createProgress(process.stderr, startedMs)
  const honest = [
    measureSeeds(options, progress, 'an ordinary crowd', { cheats: 0 }),
    measureSeeds(options, progress, 'with look-alikes', { cheats: 0, attacks: LOOK_ALIKES }),
  ]
  const measured = strengths.map((attackStrength) =>
    measureSeeds(options, progress, `attacks at strength ${attackStrength}`, {
      ...{ attacks, attackStrength, cheats },
    }),
  )
  progress.end()
  if (options.isJson) {
    process.stdout.write(`${JSON.stringify({ honest, measured }, null, 1)}\n`)
    return 0
  }
  const sizes = `${users} users, ${days} days, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`
  for (const { name, measured: sums } of measured)
    process.stdout.write(`\n${formatMeasured(`${name} (${sizes})`, sums)}\n`)
  process.stdout.write(`\n${formatHonest(honest)}\n`)
  return 0
}

await runCommand(main)
