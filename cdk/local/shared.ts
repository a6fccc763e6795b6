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

/** What all services of a cloud share: declarations, authorization, clock, activity and event bus. */
export interface Shared {
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
  /** Called for a delivery that neither a retry nor a dead-letter queue could save. */
  onLost(lost: LostDelivery): void
  /** Number of lost deliveries. */
  losses(): number
}

/** Where SageMaker keeps them ("Log groups and streams that Amazon SageMaker AI sends"). */
export const TRAINING_LOGS = '/aws/sagemaker/TrainingJobs'

/**
 * Reads an assembly and creates what its services share. Nothing listens or runs yet. Throws one
 * sentence for anything that the local cloud does not support.
 */
export function createShared(options: {
  /** Folder of the cloud assembly. */
  assembly: string
  root: string
  startMs: number
  isRealTime: boolean
}): Shared {
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
    process.stderr.write(`delivery lost: ${what}: ${reason}\n`)
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
