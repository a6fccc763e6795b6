import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAttackedHours } from './attacked-hours.ts'

/** Events of the large world. The small one has a quarter of them. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000)
/** About as many events has each user in two weeks, with those of the attacks. */
const EVENTS_PER_USER = 180
const SHARDS = 4

interface Closed {
  events: number
  kept: number
  cpuSeconds: number
  peakMb: number
}
interface Screened {
  events: number
  cpuSeconds: number
  readSeconds: number
  peakMb: number
  /** Users with findings, by detector. */
  accused: Record<string, string[]>
}

/** Runs a script in a process of its own, so that its peak memory is its own. */
function measure<T>(script: string, ...args: readonly string[]): T {
  const flags = ['--max-old-space-size=8000', join(import.meta.dirname, script)]
  const printed = execFileSync(process.execPath, [...flags, ...args], { maxBuffer: 2 ** 30 })
  return JSON.parse(printed.toString()) as T
}
const screen = (folder: string, shards: number): Screened[] =>
  Array.from({ length: shards }, (_, shard) =>
    measure('../../cdk/cli/anticheat/screen-files.ts', folder, `${shard}`, `${shards}`),
  )

const sumOf = <T>(all: readonly T[], value: (one: T) => number): number =>
  all.reduce((sum, one) => sum + value(one), 0)
const detecting = (all: readonly Screened[]): number =>
  sumOf(all, ({ cpuSeconds, readSeconds }) => cpuSeconds - readSeconds)
const peakOf = (all: readonly { peakMb: number }[]): number =>
  Math.max(...all.map(({ peakMb }) => peakMb))

function print(what: string, events: number, seconds: number, all: readonly { peakMb: number }[]) {
  const perMillion = ((1e6 * seconds) / events).toFixed(2)
  process.stdout.write(
    `${what}, ${events} events: ${perMillion} CPU s a million, peak ${peakOf(all).toFixed(0)} MB\n`,
  )
}

/** Closes and screens a world. `shards`: the numbers of shards in which it is screened. */
function measureWorld(users: number, shards: readonly number[]) {
  const root = mkdtempSync(join(tmpdir(), 'quartermaster-bench-'))
  const [clean, kept] = [join(root, 'clean'), join(root, 'closed')]
  try {
    for (const folder of [clean, kept]) mkdirSync(folder)
    writeAttackedHours(clean, users)
    const closed = measure<Closed>('close-files.ts', clean, kept)
    print('Closing, with its rules', closed.events, closed.cpuSeconds, [closed])
    const screened = shards.map((count) => {
      const all = screen(kept, count)
      print(`Screening, ${count} shard(s)`, closed.kept, detecting(all), all)
      return all
    })
    return { closed, screened }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** How many users a detector finds in the whole, in shards, and in both. */
function compareShards([whole]: readonly Screened[], parts: readonly Screened[]): void {
  const names = new Set([whole!, ...parts].flatMap(({ accused }) => Object.keys(accused)))
  for (const name of [...names].sort()) {
    const inWhole = new Set(whole!.accused[name])
    const inParts = new Set(parts.flatMap(({ accused }) => accused[name] ?? []))
    const inBoth = [...inParts].filter((user) => inWhole.has(user)).length
    process.stdout.write(
      `${name}: finds ${inWhole.size} users whole, ${inParts.size} in shards, ${inBoth} in both\n`,
    )
  }
}

/**
 * Prints what the anti-cheat costs on a world with all attacks and on one of four times the users, whole and
 * in shards. CPU time is without reading; peak memory is that of the process, which reads the events.
 */
export function benchAnticheat(): void {
  const users = Math.round(EVENTS / EVENTS_PER_USER)
  const small = measureWorld(Math.round(users / 4), [1])
  const large = measureWorld(users, [1, SHARDS])
  const [whole, parts] = large.screened as [Screened[], Screened[]]
  const more = (value: (world: { closed: Closed; screened: Screened[][] }) => number): string =>
    (value(large) / value(small)).toFixed(2)
  const grownMb = peakOf(whole) - peakOf(small.screened[0]!)
  const mbPerMillion = (1e6 * grownMb) / (large.closed.kept - small.closed.kept)
  process.stdout.write(
    `${more(({ closed }) => closed.events)} times the events: closing ${more(({ closed }) => closed.cpuSeconds)} times the CPU time, screening ${more(({ screened }) => detecting(screened[0]!))} times; ${mbPerMillion.toFixed(0)} MB more a million\n`,
  )
  compareShards(whole, parts)
}
