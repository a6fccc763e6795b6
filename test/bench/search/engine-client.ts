import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { EngineFigures, EngineTask } from './engine-process.ts'
import type { EngineName } from './engines.ts'

const CHILD = join(import.meta.dirname, 'engine-process.ts')

/** An engine in a process of its own, so that no other engine's heap and compiled code disturbs it. */
export function startEngine(name: EngineName) {
  const child = fork(CHILD, [name], { execArgv: ['--expose-gc', '--max-old-space-size=8192'] })
  return {
    async run(task: EngineTask): Promise<EngineFigures> {
      child.send(task)
      const ended = once(child, 'exit').then(() => {
        throw new Error(`the process of ${name} ended`)
      })
      const [figures] = await Promise.race([once(child, 'message'), ended])
      return figures as EngineFigures
    },
    stop: (): void => child.disconnect(),
  }
}
