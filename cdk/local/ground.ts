import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createActivity, neverBusy, type Work } from './activity.ts'
import type { Authorize } from './authorize.ts'
import { createClock, type VirtualClock } from './clock.ts'
import type { LostDelivery } from './event-bus/delivery.ts'
import { type ConnectableBus, createEventBus } from './event-bus/event-bus.ts'
import { createAuthorizer } from './iam.ts'
import { logGroupOf } from './lambda/environment.ts'
import { createLogLines, type LogLines } from './logs/lines.ts'
import { demandPolling } from './sqs/event-source.ts'
import { type Assembly, readAssembly } from './template/assembly.ts'
import { type Declarations, readDeclarations } from './template/declarations.ts'
import { createUsage, type Usage } from './usage.ts'

/** What all services of a cloud stand on: what is declared, who may, what time it is, and who hears. */
export interface Ground {
  assembly: Assembly
  declarations: Declarations
  authorize: Authorize
  root: string
  /** Folder of a log file a stage. */
  logs: string
  lines: LogLines
  activity: Work
  clock: VirtualClock
  usage: Usage
  bus: ConnectableBus
  /** Hears of what neither a retry nor a dead-letter queue helped. */
  onLost(lost: LostDelivery): void
  /** How many there were. */
  losses(): number
}

/** Where SageMaker keeps them ("Log groups and streams that Amazon SageMaker AI sends"). */
export const TRAINING_LOGS = '/aws/sagemaker/TrainingJobs'

/**
 * Reads an assembly and lays the ground for its services; nothing listens or runs yet. Throws with one
 * sentence for what the local cloud does not know.
 */
export function layGround(options: {
  /** Folder of the cloud assembly. */
  assembly: string
  root: string
  startMs: number
  isRealTime: boolean
}): Ground {
  const { root, startMs, isRealTime } = options
  const assembly = readAssembly(options.assembly)
  const declarations = readDeclarations(assembly)
  const { functions, eventSources, roles, rules } = declarations
  const authorize = createAuthorizer(roles)
  for (const { functionName, queueArn } of eventSources)
    demandPolling(functions.find(({ name }) => name === functionName)!, queueArn, authorize)

  const logs = join(root, 'logs')
  mkdirSync(logs, { recursive: true })
  const activity = createActivity()
  const clock = createClock(startMs, isRealTime ? neverBusy : activity)
  let lost = 0
  function onLost({ what, reason }: LostDelivery): void {
    lost++
    process.stderr.write(`lost on the way to ${what}: ${reason}\n`)
  }
  return {
    assembly,
    declarations,
    authorize,
    root,
    logs,
    lines: createLogLines([TRAINING_LOGS, ...functions.map(logGroupOf)], Date.now),
    activity,
    clock,
    usage: createUsage(),
    bus: createEventBus({ rules, clock, activity, onLost }),
    onLost,
    losses: () => lost,
  }
}
