import { join } from 'node:path'
import {
  type FunctionProcess,
  type ProcessOptions,
  startFunctionProcess,
} from '../../cdk/local/lambda/function-process.ts'

interface Warm {
  process: FunctionProcess
  /** Of the cloud that it works for now. */
  log: (chunk: Buffer) => void
}

export interface WarmProcesses {
  start(options: ProcessOptions): Promise<FunctionProcess>
  end(): Promise<void>
}

/**
 * Processes of functions that outlive their cloud: of clouds that stand one after the other behind
 * one endpoint, each finds those warm that the one before has left. One that is killed at work is
 * dead, as any is.
 */
export function keepProcessesWarm(folder: string): WarmProcesses {
  const idle = new Map<string, Warm[]>()
  const all: Warm[] = []

  async function take(options: ProcessOptions): Promise<Warm> {
    const found = idle.get(options.declaration.name)?.pop()
    if (found?.process.isAlive()) return Object.assign(found, { log: options.log })
    const temporaryDirectory = join(folder, String(all.length))
    const warm: Warm = { process: null!, log: options.log }
    all.push(warm)
    warm.process = await startFunctionProcess({
      ...options,
      temporaryDirectory,
      log: (chunk) => warm.log(chunk),
    })
    return warm
  }
  return {
    async start(options) {
      const warm = await take(options)
      let isBusy = false
      let isGone = false
      let leave: () => void = () => {}
      const left = new Promise<void>((resolve) => {
        leave = resolve
      })
      return {
        async run(invocation) {
          isBusy = true
          const outcome = await warm.process.run(invocation)
          isBusy = false
          return outcome
        },
        kill() {
          if (isGone) return
          if (isBusy || !warm.process.isAlive()) return warm.process.kill()
          isGone = true
          const { name } = options.declaration
          idle.set(name, [...(idle.get(name) ?? []), warm])
          leave()
        },
        isAlive: () => !isGone && warm.process.isAlive(),
        ended: Promise.race([left, warm.process.ended]),
      }
    },
    async end() {
      for (const { process } of all) process.kill()
      await Promise.all(all.map(({ process }) => process.ended))
    },
  }
}
