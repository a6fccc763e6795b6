import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorDay } from '../../../functions/contract/time.ts'
import { LOOPBACK } from '../../local/addresses.ts'
import { checkOut } from '../out-folder.ts'
import { findScene } from '../replay/options.ts'
import { parseNumber, readWorld, WORLD_FLAGS, worldUsage } from '../start/options.ts'
import { readTrainingImage } from '../training-image.ts'
import { UsageError } from '../usage-error.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../world/options.ts'

export interface UpOptions {
  out: string
  scene: string
  configuration: Scene
  /** Whether it is a file of the operator's, none of cdk/scenes. */
  isOwnScene: boolean
  /** Folder of the image that trains; null for our own. */
  trainingImage: string | null
  /** Address that it listens on. */
  host: string
  port: number
  /** Virtual seconds a second; 1 is real time. */
  speed: number
  /** When virtual time begins; null for now, once it is up. */
  startMs: number | null
  /** The seeded world to feed, hour by hour; null where only others put drops. */
  world: WorldOptions | null
}

const DEFAULT_PORT = 4599
const MAX_SPEED = 100_000
/** Long enough for whoever leaves it running. */
const WORLD_DAYS = 366

export const UP_USAGE = `Brings the whole system up on this machine and keeps it up, for any AWS client to speak to.

  npm run up                        an empty system in real time
  npm run up -- --world --clock 600x
                                    the seeded world, ten minutes of it a second

  --port <n>          of the endpoint and the page             (${DEFAULT_PORT})
  --host <address>    where both listen; beyond loopback any
                      caller is the operator                   (${LOOPBACK})
  --clock <n>x        how fast time goes                       (1x)
  --start <time>      when it begins, as 2026-01-05T08:00:00Z  (now)
  --scene <name>      scene from cdk/scenes, or a file         (${WORLD_DEFAULTS.scene})
  --training-image <folder>
                      an image of yours that trains, by its
                      Dockerfile                               (ours)
  --out <folder>      objects and logs; emptied first          (out)
  --world             feed the seeded world from the midnight before the start

${worldUsage(WORLD_DAYS)}`

const string = { type: 'string' } as const
const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  port: string,
  host: string,
  clock: string,
  start: string,
  scene: string,
  'training-image': string,
  out: string,
  world: { type: 'boolean' },
  ...(Object.fromEntries(WORLD_FLAGS.map((flag) => [flag, string])) as Record<
    (typeof WORLD_FLAGS)[number],
    typeof string
  >),
} as const

function parseHost(text: string): string {
  if (isIP(text)) return text
  throw new UsageError(
    `--host ${text}: expected an address of this machine to listen on, such as 0.0.0.0 for all of them`,
  )
}

function parseSpeed(text: string): number {
  const speed = Number(/^(\d+(?:\.\d+)?)x$/.exec(text)?.[1] ?? Number.NaN)
  if (speed >= 1 && speed <= MAX_SPEED) return speed
  throw new UsageError(
    `--clock ${text}: expected how fast time goes, from 1x to ${MAX_SPEED}x, such as 60x`,
  )
}

function parseStart(text: string): number {
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text)
  const timeMs = match ? Date.parse(text) : Number.NaN
  // Date.parse takes 30 February for 2 March.
  if (Number.isFinite(timeMs) && new Date(timeMs).toISOString().startsWith(text.slice(0, 10)))
    return timeMs
  throw new UsageError(`--start ${text}: expected a time in UTC such as 2026-01-05T08:00:00Z`)
}

/** Flags → what to bring up; `null` where only the help was asked for. Throws UsageError. */
export function parseUpOptions(
  argv: readonly string[],
  knownScenes: readonly string[],
  nowMs: number,
): UpOptions | null {
  let values: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    values = parseArgs({ args: [...argv], options: FLAGS, strict: true, allowPositionals: false })
      .values as typeof values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}; see npm run up -- --help`)
  }
  if (values.help) return null
  const text = (flag: keyof typeof FLAGS): string | undefined => values[flag] as string | undefined
  if (!values.world)
    for (const flag of WORLD_FLAGS)
      if (text(flag) !== undefined) throw new UsageError(`--${flag} needs --world`)

  const port = parseNumber('port', text('port'), DEFAULT_PORT, [1, 65_535], true)
  const host = parseHost(text('host') ?? LOOPBACK)
  const speed = parseSpeed(text('clock') ?? '1x')
  const startMs = text('start') === undefined ? null : parseStart(text('start')!)
  const { scene, own } = findScene(text('scene') ?? WORLD_DEFAULTS.scene, knownScenes)
  const world = values.world
    ? {
        ...readWorld(text as Parameters<typeof readWorld>[0], scene.scene),
        startMs: floorDay(startMs ?? nowMs),
        ...(text('days') === undefined ? { days: WORLD_DAYS } : {}),
      }
    : null
  return {
    out: checkOut(text('out') ?? 'out'),
    scene: scene.scene,
    configuration: scene,
    isOwnScene: own,
    trainingImage: readTrainingImage(text('training-image')),
    host,
    port,
    speed,
    startMs,
    world,
  }
}
