import { isoSeconds } from '../../functions/contract/time.ts'
import type { VirtualClock } from './clock.ts'
import {
  createDeliverer,
  DEFAULT_RETRY_POLICY,
  type LostDelivery,
  type RetryPolicy,
} from './event-bus/delivery.ts'
import { uuidOf } from './identifiers.ts'
import type { Activity, Resolve } from './ports.ts'
import { parseScheduleExpression } from './schedule-expression.ts'

export interface ScheduleDeclaration {
  name: string
  arn: string
  /** `cron(…)`, `rate(…)` or `at(…)`. */
  expression: string
  /** UTC or nothing; any other is refused. */
  timezone: string | null
  enabled: boolean
  targetArn: string
  /** In whose name it reaches its target and its dead-letter queue. */
  role: string
  /** The target's Input, a JSON text; without one the target gets what Scheduler sends by default. */
  input: string | null
  deadLetterArn: string | null
  retryPolicy?: RetryPolicy
}

export interface Schedules {
  /** Has the next firing of this schedule delivered twice, as at-least-once allows. */
  fireTwice(name: string): void
  /** From now on, firings happen only at the times that `isWanted` names. The others are left out. */
  fireOnly(isWanted: (timeMs: number) => boolean): void
  close(): void
}

interface SchedulesOptions {
  schedules: readonly ScheduleDeclaration[]
  resolve: Resolve
  clock: VirtualClock
  activity: Activity
  onLost: (lost: LostDelivery) => void
}
interface SchedulesState {
  clock: VirtualClock
  resolve: Resolve
  deliver: ReturnType<typeof createDeliverer>
  /** Names of the schedules whose next firing is delivered twice. */
  doubled: Set<string>
  isWanted: (timeMs: number) => boolean
  timers: Map<string, { cancel(): void }>
}

/** The input of one attempt, with its context attributes filled in. */
function inputOf(
  { name, arn, input }: ScheduleDeclaration,
  timeMs: number,
  delivery: number,
  attempt: number,
): unknown {
  const context: Readonly<Record<string, string>> = {
    'scheduled-time': isoSeconds(timeMs),
    'schedule-arn': arn,
    'attempt-number': String(attempt),
    'execution-id': uuidOf(`${arn} at ${timeMs}, ${delivery}, ${attempt}`),
  }
  try {
    const filled = (input ?? '{}').replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (attribute, key: string) => {
        if (context[key] === undefined) throw new Error(`there is no ${attribute}`)
        return context[key]
      },
    )
    return JSON.parse(filled) as unknown
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`schedule ${name}: its input cannot be used: ${why}`, { cause: error })
  }
}

function start(state: SchedulesState, schedule: ScheduleDeclaration): void {
  const { clock, resolve, timers } = state
  const { name, expression, timezone, targetArn, deadLetterArn, role } = schedule
  if (timezone !== null && timezone !== 'UTC')
    throw new Error(`schedule ${name}: time zone ${timezone} is not supported, only UTC`)
  const { nextAfter, isRecurring } = parseScheduleExpression(expression, name, clock.now())
  const target = resolve(targetArn, role)
  const deadLetter = deadLetterArn === null ? null : resolve(deadLetterArn, role)
  inputOf(schedule, clock.now(), 1, 1)

  const fire = (timeMs: number, delivery: number): void =>
    state.deliver({
      what: `schedule ${name}`,
      payload: (attempt) => inputOf(schedule, timeMs, delivery, attempt),
      deliver: target,
      deadLetter,
      retryPolicy: schedule.retryPolicy ?? DEFAULT_RETRY_POLICY,
    })
  function awaitNext(afterMs: number): void {
    const timeMs = nextAfter(afterMs)
    if (timeMs === null) {
      timers.delete(name)
      return
    }
    const register = isRecurring ? clock.atRecurring : clock.at
    timers.set(
      name,
      register(timeMs, () => {
        awaitNext(timeMs)
        if (!state.isWanted(timeMs)) return
        fire(timeMs, 1)
        if (state.doubled.delete(name)) fire(timeMs, 2)
      }),
    )
  }
  awaitNext(clock.now() - 1)
}

/**
 * EventBridge Scheduler on the virtual clock (EventBridge Scheduler User Guide, "Schedule types"
 * and "Adding context attributes"). A firing has its exact time; its deliveries are repeated as the
 * retry policy says. Everything that cannot be kept is refused by name at once.
 */
export function createSchedules(options: SchedulesOptions): Schedules {
  const { clock, resolve, schedules } = options
  const state: SchedulesState = {
    clock,
    resolve,
    deliver: createDeliverer(options),
    doubled: new Set(),
    isWanted: () => true,
    timers: new Map(),
  }
  for (const schedule of schedules) if (schedule.enabled) start(state, schedule)
  return {
    fireTwice(name) {
      const names = schedules.map((schedule) => schedule.name)
      if (!names.includes(name))
        throw new Error(`no schedule "${name}": there are ${names.join(', ')}`)
      state.doubled.add(name)
    },
    fireOnly(isWanted) {
      state.isWanted = isWanted
    },
    close() {
      for (const timer of state.timers.values()) timer.cancel()
      state.timers.clear()
    },
  }
}
