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
  close(): void
}

/**
 * EventBridge Scheduler on the virtual clock (EventBridge Scheduler User Guide, "Schedule types"
 * and "Adding context attributes"). A firing stands at its exact time; its deliveries are repeated
 * as the retry policy says. Everything that cannot be kept is refused by name at once.
 */
export function createSchedules(options: {
  schedules: readonly ScheduleDeclaration[]
  resolve: Resolve
  clock: VirtualClock
  activity: Activity
  onLost: (lost: LostDelivery) => void
}): Schedules {
  const { clock, resolve } = options
  const deliver = createDeliverer(options)
  const names = new Set(options.schedules.map(({ name }) => name))
  const doubled = new Set<string>()
  const timers = new Map<string, { cancel(): void }>()

  function start(schedule: ScheduleDeclaration): void {
    const { name, arn, expression, timezone } = schedule
    if (timezone !== null && timezone !== 'UTC')
      throw new Error(`schedule ${name}: time zone ${timezone} is not supported, only UTC`)
    const { nextAfter, isRecurring } = parseScheduleExpression(expression, name, clock.now())
    const { targetArn, deadLetterArn, role } = schedule
    const target = resolve(targetArn, role)
    const deadLetter = deadLetterArn === null ? null : resolve(deadLetterArn, role)
    const input = schedule.input ?? '{}'
    const contextOf = (timeMs: number, delivery: number, attempt: number) => ({
      'scheduled-time': isoSeconds(timeMs),
      'schedule-arn': arn,
      'attempt-number': String(attempt),
      'execution-id': uuidOf(`${arn} at ${timeMs}, ${delivery}, ${attempt}`),
    })
    function fillIn(context: Readonly<Record<string, string>>): unknown {
      try {
        const filled = input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (attribute, key: string) => {
          if (context[key] === undefined) throw new Error(`there is no ${attribute}`)
          return context[key]
        })
        return JSON.parse(filled) as unknown
      } catch (error) {
        const why = (error as Error).message
        throw new Error(`schedule ${name}: its input cannot be used: ${why}`, { cause: error })
      }
    }
    fillIn(contextOf(clock.now(), 1, 1))

    function fire(timeMs: number, delivery: number): void {
      deliver({
        what: `schedule ${name}`,
        payload: (attempt) => fillIn(contextOf(timeMs, delivery, attempt)),
        deliver: target,
        deadLetter,
        retryPolicy: schedule.retryPolicy ?? DEFAULT_RETRY_POLICY,
      })
    }
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
          fire(timeMs, 1)
          if (doubled.delete(name)) fire(timeMs, 2)
        }),
      )
    }
    awaitNext(clock.now() - 1)
  }

  for (const schedule of options.schedules) if (schedule.enabled) start(schedule)
  return {
    fireTwice(name) {
      if (!names.has(name))
        throw new Error(`no schedule "${name}": there are ${[...names].join(', ')}`)
      doubled.add(name)
    },
    close() {
      for (const timer of timers.values()) timer.cancel()
      timers.clear()
    },
  }
}
