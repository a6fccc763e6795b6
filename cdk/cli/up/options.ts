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
  /** Whether the scene is the user's file instead of one of cdk/scenes. */
  isOwnScene: boolean
  /** Folder of a custom training image. Null: the built-in one. */
  trainingImage: string | null
  /** Address that it listens on. */
  host: string
  port: number
  /** Virtual seconds per real second. 1 is real time. */
  speed: number
  /** Start of virtual time. Null: the time when the system is up. */
  startMs: number | null
  /** The seeded world that sends drops. Null: only other clients put drops. */
  world: WorldOptions | null
}

const DEFAULT_PORT = 4599
const MAX_SPEED = 100_000
/** Long, so that a running system does not run out of drops. */
const WORLD_DAYS = 366

export const UP_USAGE = `Starts the whole system on this machine and keeps it running for any AWS client.

  npm run up                        an empty system in real time
  npm run up -- --world --clock 600x
                                    the seeded world, ten minutes per second

  --port <n>          port of the endpoint and the page        (${DEFAULT_PORT})
  --host <address>    address of both; beyond loopback every
                      caller has operator rights             (${LOOPBACK})
  --clock <n>x        speed of virtual time                    (1x)
  --start <time>      start of it, as 2026-01-05T08:00:00Z     (now)
  --scene <name>      scene from cdk/scenes, or a file         (${WORLD_DEFAULTS.scene})
  --training-image <folder>
                      folder with the Dockerfile of a custom
                      training image                         (built-in)
  --out <folder>      folder for data and logs; emptied first  (out)
  --world             send drops of the seeded world, from the midnight before the start

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
  throw new UsageError(`--clock ${text}: expected a speed from 1x to ${MAX_SPEED}x, such as 60x`)
}

function parseStart(text: string): number {
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text)
  const timeMs = match ? Date.parse(text) : Number.NaN
  // Date.parse reads 30 February as 2 March.
  if (Number.isFinite(timeMs) && new Date(timeMs).toISOString().startsWith(text.slice(0, 10)))
    return timeMs
  throw new UsageError(`--start ${text}: expected a time in UTC such as 2026-01-05T08:00:00Z`)
}

/** Flags → what to start. Null if the user asked for help. Throws UsageError. */
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
        ...readWorld(flags, scene),
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
