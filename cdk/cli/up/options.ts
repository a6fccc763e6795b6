import { isIP } from 'node:net'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorDay } from '../../../functions/contract/time.ts'
import { LOOPBACK } from '../../local/addresses.ts'
import { parseFlags, parseNumber } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { checkOut } from '../out-folder.ts'
import { findScene } from '../scenes.ts'
import { findGiven, readWorld, WORLD_FLAGS, worldUsage } from '../start/options.ts'
import { readTrainingImage } from '../training-image.ts'
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
/** Long enough for a system that is left running. */
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

const FLAGS = {
  port: 'text',
  host: 'text',
  clock: 'text',
  start: 'text',
  scene: 'text',
  'training-image': 'text',
  out: 'text',
  world: 'switch',
  ...WORLD_FLAGS,
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

/** Flags → what to bring up; `null` where the user asked for help. Throws UsageError. */
export function parseUpOptions(argv: readonly string[], nowMs: number): UpOptions | null {
  const flags = parseFlags(argv, FLAGS, 'npm run up')
  if (flags === null) return null
  const stray = flags.world ? undefined : findGiven(flags, Object.keys(WORLD_FLAGS))
  if (stray !== undefined) throw new UsageError(`--${stray} needs --world`)

  const port = parseNumber('port', flags.port, DEFAULT_PORT, [1, 65_535])
  const host = parseHost(flags.host ?? LOOPBACK)
  const speed = parseSpeed(flags.clock ?? '1x')
  const startMs = flags.start === undefined ? null : parseStart(flags.start)
  const { scene, own } = findScene(flags.scene ?? WORLD_DEFAULTS.scene)
  const world = flags.world
    ? {
        ...readWorld(flags, scene.scene),
        startMs: floorDay(startMs ?? nowMs),
        ...(flags.days === undefined ? { days: WORLD_DAYS } : {}),
      }
    : null
  return {
    out: checkOut(flags.out ?? 'out'),
    scene: scene.scene,
    configuration: scene,
    isOwnScene: own,
    trainingImage: readTrainingImage(flags['training-image']),
    host,
    port,
    speed,
    startMs,
    world,
  }
}
