import { parseArgs } from 'node:util'
import type { FreshResult } from '../../../functions/contract/fresh.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { readFreshResult } from '../fresh/read.ts'
import { checkOut } from '../out-folder.ts'
import type { LogsToReplay } from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { findScene, LOG_FLAGS, parseLogs } from '../replay/options.ts'
import { readTrainingImage } from '../training-image.ts'
import { UsageError } from '../usage-error.ts'
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

const string = { type: 'string' } as const
const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  logs: string,
  format: string,
  mapping: string,
  from: string,
  to: string,
  anyway: { type: 'boolean' },
  out: string,
  scene: string,
  'training-image': string,
  fresh: string,
  seed: string,
  days: string,
  users: string,
  items: string,
  'new-items': string,
  sessions: string,
  drift: string,
  dirt: string,
  cheats: string,
} as const
export const WORLD_FLAGS = [
  'seed',
  'days',
  'users',
  'items',
  'new-items',
  'sessions',
  'drift',
  'dirt',
  'cheats',
] as const

export function parseNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  [least, most]: [number, number],
  isWhole: boolean,
): number {
  if (text === undefined) return fallback
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!(number >= least && number <= most) || (isWhole && !Number.isInteger(number)))
    throw new UsageError(
      `--${flag} ${text}: expected a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    )
  return number
}

/** The seeded world that the flags ask for. Throws UsageError. */
export function readWorld(
  text: (flag: (typeof WORLD_FLAGS)[number]) => string | undefined,
  scene: string,
): WorldOptions {
  const number = (
    flag: (typeof WORLD_FLAGS)[number],
    fallback: number,
    range: [number, number],
    isWhole = true,
  ) => parseNumber(flag, text(flag), fallback, range, isWhole)
  return {
    scene,
    seed: number('seed', WORLD_DEFAULTS.seed, [0, 2 ** 31]),
    startMs: WORLD_DEFAULTS.startMs,
    days: number('days', WORLD_DEFAULTS.days, [1, 366]),
    users: number('users', WORLD_DEFAULTS.users, [1, 1_000_000]),
    items: number('items', WORLD_DEFAULTS.items, [10, 100_000]),
    newItemsPerDay: number('new-items', WORLD_DEFAULTS.newItemsPerDay, [0, 10_000]),
    sessionsPerUserAndDay: number(
      'sessions',
      WORLD_DEFAULTS.sessionsPerUserAndDay,
      [0, 100],
      false,
    ),
    drift: number('drift', WORLD_DEFAULTS.drift, [0, 2], false),
    dirt: number('dirt', WORLD_DEFAULTS.dirt, [0, 20], false),
    cheats: number('cheats', WORLD_DEFAULTS.cheats, [0, 20], false),
  }
}

/** Flags → what to do; `null` where only the help was asked for. Throws UsageError. */
export function parseOptions(
  argv: readonly string[],
  knownScenes: readonly string[],
): StartOptions | null {
  let values: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    values = parseArgs({
      args: [...argv],
      options: FLAGS,
      strict: true,
      allowPositionals: false,
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; see npm start -- --help`)
  }
  if (values.help) return null
  const text = (flag: keyof typeof FLAGS): string | undefined => values[flag] as string | undefined

  const out = checkOut(text('out') ?? 'out')
  const path = text('logs')
  if (path === undefined)
    for (const flag of [...LOG_FLAGS, 'anyway'] as const)
      if (values[flag] !== undefined)
        throw new UsageError(`--${flag} needs --logs <file or folder>`)
  if (path !== undefined)
    for (const flag of WORLD_FLAGS)
      if (text(flag) !== undefined)
        throw new UsageError(`--${flag} belongs to the seeded world and --logs replays your own`)

  const found = path === undefined ? null : parseLogs({ ...values, logs: path }, knownScenes)
  const { scene, own } = found ?? findScene(text('scene') ?? WORLD_DEFAULTS.scene, knownScenes)
  return {
    out,
    scene: scene.scene,
    configuration: scene,
    isOwnScene: own,
    trainingImage: readTrainingImage(text('training-image')),
    logs: found?.logs ?? null,
    isAnyway: values.anyway === true,
    // Read before the output folder is emptied: it may lie in there.
    fresh: text('fresh') === undefined ? null : readFreshResult(text('fresh')!, '--fresh'),
    world: readWorld(text, scene.scene),
  }
}
