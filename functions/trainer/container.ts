import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Layout } from './channels.ts'

/** SIGTERM means a stop or a spot interruption. Two minutes are left to write a checkpoint. */
const INTERRUPTED = 143

/** Trains until `mayContinue` says no. Returns whether the training is done. */
export type ContainerTraining = (
  layout: Layout,
  mayContinue: () => boolean,
  log: (line: string) => void,
) => Promise<boolean>

/** Runs a training as SageMaker's containers do: signals, the exit code, and the file of a failure's reason. */
export async function runContainer(layout: Layout, train: ContainerTraining): Promise<void> {
  let isInterrupted = false
  process.once('SIGTERM', () => {
    isInterrupted = true
  })
  try {
    const isDone = await train(
      layout,
      () => !isInterrupted,
      (line) => process.stdout.write(`${line}\n`),
    )
    if (!isDone) process.exitCode = INTERRUPTED
  } catch (error) {
    // SageMaker shows the first 1,024 characters of this file as the job's failure reason.
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    mkdirSync(dirname(layout.failure), { recursive: true })
    writeFileSync(layout.failure, reason)
    process.stderr.write(`${error instanceof Error ? error.stack : reason}\n`)
    process.exitCode = 1
  }
}
