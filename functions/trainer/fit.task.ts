import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { layoutOf } from './channels.ts'
import { train } from './train.ts'

/** The entry point of the container. SageMaker mounts its folders at /opt/ml. */
const layout = layoutOf(process.env['ML_ROOT'] ?? '/opt/ml')

/** SIGTERM means a stop or a spot interruption. Two minutes are left to write a checkpoint. */
const INTERRUPTED = 143
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
