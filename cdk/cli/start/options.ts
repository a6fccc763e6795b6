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
import { ATTACK_KINDS, type AttackKind } from '../world/attacks/kinds.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../world/options.ts'

export interface StartOptions {
  out: string
  scene: string
  configuration: Scene
  /** Whether the scene differs from cdk/scenes: from the user's file, or with a mapping added. */
  isOwnScene: boolean
  /** Folder of a custom training image. Null: the built-in one. */
  trainingImage: string | null
  /** Logs to replay. Null: the seeded world. */
  logs: LogsToReplay | null
  /** Whether logs that are not fit to train on are replayed too. */
  isAnyway: boolean
  world: WorldOptions
  /** Result of `npm run fresh` to show on the page. */
  fresh: FreshResult | null
}

/** From a Thursday on, so that the weekly full training of Monday is among five days. */
const START_MS = Date.UTC(2026, 0, 8)
export const START_DAYS = 5

/** Help of the seeded world's flags. `npm run up` uses it with another length. */
export const worldUsage = (days: number): string => `  The seeded world:
  --seed <n>          the same seed gives the same bytes       (${WORLD_DEFAULTS.seed})
  --days <n>          length in days                           (${days})
  --users <n>         users                                    (${WORLD_DEFAULTS.users})
  --items <n>         items on the first day; of an assistant,
                      chunks, about                            (${WORLD_DEFAULTS.items})
  --new-items <n>     new items each day                       (${WORLD_DEFAULTS.newItemsPerDay})
  --sessions <x>      sessions per user and day                (${WORLD_DEFAULTS.sessionsPerUserAndDay})
  --drop-minutes <n>  minutes of the log in one drop           (${WORLD_DEFAULTS.dropMinutes})
  --drift <x>         speed at which tastes change; 0 none     (${WORLD_DEFAULTS.drift})
  --dirt <x>          late, duplicate, broken records; 0 none  (${WORLD_DEFAULTS.dirt})
  --cheats <x>        simulated cheats; 0 none                 (${WORLD_DEFAULTS.cheats})
  --attacks <list|all>
                      attacks and honest look-alikes, such as
                      hijack,slow-drip,classroom             (none)
  --attack-strength <x>
                      size of each attack                      (${WORLD_DEFAULTS.attackStrength})
`

export const USAGE = `Runs the whole system on this machine and ends with a table and a page.

  npm start                         replay the built-in seeded world
  npm start -- --logs <path> --format <${Object.keys(FORMATS).join('|')}>
                                    replay your own logs, by their event time
  npm start -- --infer <file>       read a log, write mapping.json and scene.json for it
  npm run validate -- --logs <path> --format <…>
                                    check logs without training on them

  --out <folder>      folder for the results                   (out)
  --scene <name>      scene from cdk/scenes, or a file         (by format; feed)
  --mapping <file>    meaning of the columns, for --format csv
  --from <date>       first day of the logs, YYYY-MM-DD        (all)
  --to <date>         last day of the logs, YYYY-MM-DD         (all)
  --anyway            replay logs that are not fit to train on
  --training-image <folder>
                      folder with the Dockerfile of a custom
                      training image                         (built-in)
  --fresh <file>      fresh.json of npm run fresh, shown on
                      the page                               (none)

${worldUsage(START_DAYS)}`

/** Flags of the seeded world. */
export const WORLD_FLAGS = {
  seed: 'text',
  days: 'text',
  users: 'text',
  items: 'text',
  'new-items': 'text',
  sessions: 'text',
  'drop-minutes': 'text',
  drift: 'text',
  dirt: 'text',
  cheats: 'text',
  attacks: 'text',
  'attack-strength': 'text',
} as const
const FLAGS = {
  // parseInfer reads it. It is listed here so that --help works beside it.
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

/** The first given flag of a list. */
export const findGiven = (given: Given<Flags>, flags: readonly string[]): string | undefined =>
  flags.find((flag) => given[flag] !== undefined)

function readDropMinutes(text: string | undefined): number {
  const minutes = parseNumber('drop-minutes', text, WORLD_DEFAULTS.dropMinutes, [1, 60])
  if (60 % minutes !== 0)
    throw new UsageError(`--drop-minutes: got ${minutes}, expected a number that divides 60`)
  return minutes
}

/** The kinds that a list names, in the order of all kinds. Throws UsageError. */
export function parseAttacks(text: string | undefined): AttackKind[] {
  const names = text === 'all' ? ATTACK_KINDS : (text?.split(',') ?? [])
  const known: readonly string[] = ATTACK_KINDS
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError(
      `--attacks ${text}: "${unknown}" is no attack; expected all, or a list of ${ATTACK_KINDS.join(', ')}`,
    )
  return ATTACK_KINDS.filter((kind) => names.includes(kind))
}

/** What of a scene says which world it has. */
type SceneOfWorld = Pick<Scene, 'scene' | 'search' | 'documents' | 'preferences'>

/** The seeded world that the flags describe, of a scene. Throws UsageError. */
export function readWorld(
  flags: Given<typeof WORLD_FLAGS>,
  { scene, search, documents, preferences }: SceneOfWorld,
): WorldOptions {
  const number = (
    flag: keyof typeof WORLD_FLAGS,
    fallback: number,
    range: readonly [number, number],
    isWhole = true,
  ): number => parseNumber(flag, flags[flag], fallback, range, isWhole)
  const { sessionsPerUserAndDay, ...defaults } = WORLD_DEFAULTS
  return {
    scene,
    surface: documents && preferences ? 'assistant' : search?.of === 'items' ? 'search' : 'feed',
    chunks: documents ?? WORLD_DEFAULTS.chunks,
    seed: number('seed', defaults.seed, [0, 2 ** 31]),
    startMs: START_MS,
    days: number('days', START_DAYS, [1, 366]),
    users: number('users', defaults.users, [1, 1_000_000]),
    items: number('items', defaults.items, [10, 100_000]),
    newItemsPerDay: number('new-items', defaults.newItemsPerDay, [0, 10_000]),
    sessionsPerUserAndDay: number('sessions', sessionsPerUserAndDay, [0, 100], false),
    dropMinutes: readDropMinutes(flags['drop-minutes']),
    drift: number('drift', defaults.drift, [0, 2], false),
    dirt: number('dirt', defaults.dirt, [0, 20], false),
    cheats: number('cheats', defaults.cheats, [0, 20], false),
    attacks: parseAttacks(flags.attacks),
    attackStrength: number('attack-strength', defaults.attackStrength, [0.05, 20], false),
  }
}

/** Flags → what to do. Null if the user asked for help. Throws UsageError. */
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
    // Read before the output folder is emptied, since the file may be in it.
    fresh: flags.fresh === undefined ? null : readFreshResult(flags.fresh, '--fresh'),
    world: readWorld(flags, scene),
  }
}
