import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'

const UP = join(import.meta.dirname, '..', '..', 'cdk', 'cli', 'up.ts')

export interface Running {
  url: string
  child: ChildProcess
  /** Everything that it said so far. */
  output(): string
  /** Name of the first thing of that kind that the greeting lists, such as `queue`, matching. */
  named(kind: string, pattern?: RegExp): string
  /** What the greeting says to export, beside PATH and HOME. */
  environment(): Record<string, string>
  /** Sends a signal and answers with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** `npm run up` as a process of its own, once its greeting stands. */
export async function bringUp(out: string, ...flags: string[]): Promise<Running> {
  const port = await freePort()
  const child = spawn(process.execPath, [UP, '--port', String(port), '--out', out, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('Press Ctrl-C to stop')) resolve()
      })
    child.once('close', () => reject(new Error(`it ended first: ${said}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    output: () => said,
    named(kind, pattern = /./) {
      const lines = [...said.matchAll(/^(bucket|table|queue|state machine|function \S+) +(\S+)$/gm)]
      const found = lines.find(([, what, name]) => what === kind && pattern.test(name!))
      if (!found) throw new Error(`no ${kind} ${pattern} in ${said}`)
      return found[2]!
    },
    environment: () => ({
      PATH: process.env['PATH']!,
      HOME: out,
      ...Object.fromEntries(
        /export (.*)/
          .exec(said)![1]!
          .split(' ')
          .map((pair) => pair.split('=') as [string, string]),
      ),
    }),
    end(signal = 'SIGINT') {
      child.kill(signal)
      return ended
    },
  }
}

/** As `bringUp`, for what ends by itself. */
export const runUp = (...flags: string[]) =>
  spawnSync(process.execPath, [UP, ...flags], { encoding: 'utf8', timeout: 200_000 })

/** Processes whose command line names the folder: what a run would have left behind. */
export const leftBehind = (path: string): string[] =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((args) => args.includes(path) && !args.includes('ps -eo'))

/** Asks until the answer is there. Throws with the last answer once the time is over. */
export async function eventually<T>(
  ask: () => Promise<T | null | undefined | false>,
  withinMs: number,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
