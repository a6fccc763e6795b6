import type { FreshResult } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { type Flags, type Given, parseFlags, parseNumber } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { readFreshResult } from '../fresh/read.ts'
import { checkOut } from '../out-folder.ts'
import type { LogsToReplay } from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { LOG_FLAGS, parseLogs } from '../replay/options.ts'
import { findScene } from '../scenes.ts'
import { readTrainingImage } from '../training-image.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../world/options.ts'

export interface StartOptions {
  out: string
  scene: string
  configuration: Scene
  /** Whether it is none of cdk/scenes as it stands: a file of the operator's, or one with a mapping. */
  isOwnScene: boolean
  /** Folder of the image that trains; null for our own. */
  trainingImage: string | null
  /** Logs to replay; null replays the seeded world. */
  logs: LogsToReplay | null
  /** Whether logs that are not fit to train on are replayed all the same. */
  isAnyway: boolean
  world: WorldOptions
  /** Result of `npm run fresh` that the page is to include. */
  fresh: FreshResult | null
}

/** The flags of the seeded world, which `npm run up` shares but for its length. */
export const worldUsage = (days: number): string => `  The seeded world:
  --seed <n>          same seed, same bytes                    (${WORLD_DEFAULTS.seed})
  --days <n>          length                                   (${days})
  --users <n>         people                                   (${WORLD_DEFAULTS.users})
  --items <n>         catalogue on the first day               (${WORLD_DEFAULTS.items})
  --new-items <n>     added every day                          (${WORLD_DEFAULTS.newItemsPerDay})
  --sessions <x>      per person and day                       (${WORLD_DEFAULTS.sessionsPerUserAndDay})
  --drift <x>         how fast tastes move; 0 stands still     (${WORLD_DEFAULTS.drift})
  --dirt <x>          late, duplicate, broken records; 0 none  (${WORLD_DEFAULTS.dirt})
  --cheats <x>        planted cheats; 0 none                   (${WORLD_DEFAULTS.cheats})
`

export const USAGE = `Runs the whole system on this machine and ends with a table and a page.

  npm start                         replay the built-in seeded world
  npm start -- --logs <path> --format <${Object.keys(FORMATS).join('|')}>
                                    replay your own logs, by their own time
  npm start -- --infer <file>       look at a log, write mapping.json and scene.json for it
  npm run validate -- --logs <path> --format <…>
                                    say what is right and wrong with logs, without training

  --out <folder>      where results go                         (out)
  --scene <name>      scene from cdk/scenes, or a file         (by format; feed)
  --mapping <file>    what the columns of --format csv mean
  --from <date>       first day of the logs, YYYY-MM-DD        (all)
  --to <date>         last day of the logs, YYYY-MM-DD         (all)
  --anyway            replay logs that are not fit to train on
  --training-image <folder>
                      an image of yours that trains, by its
                      Dockerfile                               (ours)
  --fresh <file>      fresh.json of npm run fresh, to show
                      on the page                              (none)

${worldUsage(WORLD_DEFAULTS.days)}`

/** Flags of the seeded world. */
export const WORLD_FLAGS = {
  seed: 'text',
  days: 'text',
  users: 'text',
  items: 'text',
  'new-items': 'text',
  sessions: 'text',
  drift: 'text',
  dirt: 'text',
  cheats: 'text',
} as const
const FLAGS = {
  // Read by parseInfer; here only so that help is given beside it.
  infer: 'text',
  logs: 'text',
  format: 'text',
  mapping: 'text',
  from: 'text',
  to: 'text',
  anyway: 'switch',
  out: 'text',
  scene: 'text',
  'training-image': 'text',
  fresh: 'text',
  ...WORLD_FLAGS,
} as const

/** The first flag of a list that was given. */
export const findGiven = (given: Given<Flags>, flags: readonly string[]): string | undefined =>
  flags.find((flag) => given[flag] !== undefined)

/** The seeded world that the flags describe. Throws UsageError. */
export function readWorld(flags: Given<typeof WORLD_FLAGS>, scene: string): WorldOptions {
  const number = (
    flag: keyof typeof WORLD_FLAGS,
    fallback: number,
    range: readonly [number, number],
    isWhole = true,
  ): number => parseNumber(flag, flags[flag], fallback, range, isWhole)
  const { sessionsPerUserAndDay, ...defaults } = WORLD_DEFAULTS
  return {
    scene,
    seed: number('seed', defaults.seed, [0, 2 ** 31]),
    startMs: defaults.startMs,
    days: number('days', defaults.days, [1, 366]),
    users: number('users', defaults.users, [1, 1_000_000]),
    items: number('items', defaults.items, [10, 100_000]),
    newItemsPerDay: number('new-items', defaults.newItemsPerDay, [0, 10_000]),
    sessionsPerUserAndDay: number('sessions', sessionsPerUserAndDay, [0, 100], false),
    drift: number('drift', defaults.drift, [0, 2], false),
    dirt: number('dirt', defaults.dirt, [0, 20], false),
    cheats: number('cheats', defaults.cheats, [0, 20], false),
  }
}

/** Flags → what to do; `null` where the user asked for help. Throws UsageError. */
export function parseOptions(argv: readonly string[]): StartOptions | null {
  const flags = parseFlags(argv, FLAGS, 'npm start')
  if (flags === null) return null
  const out = checkOut(flags.out ?? 'out')
  const { logs: path } = flags
  const stray =
    path === undefined
      ? findGiven(flags, [...LOG_FLAGS, 'anyway'])
      : findGiven(flags, Object.keys(WORLD_FLAGS))
  if (stray !== undefined)
    throw new UsageError(
      path === undefined
        ? `--${stray} needs --logs <file or folder>`
        : `--${stray} belongs to the seeded world and --logs replays your own`,
    )
  const found = path === undefined ? null : parseLogs({ ...flags, logs: path })
  const { scene, own } = found ?? findScene(flags.scene ?? WORLD_DEFAULTS.scene)
  return {
    out,
    scene: scene.scene,
    configuration: scene,
    isOwnScene: own,
    trainingImage: readTrainingImage(flags['training-image']),
    logs: found?.logs ?? null,
    isAnyway: flags.anyway === true,
    // Read before the output folder is emptied: it may lie in there.
    fresh: flags.fresh === undefined ? null : readFreshResult(flags.fresh, '--fresh'),
    world: readWorld(flags, scene.scene),
  }
}
