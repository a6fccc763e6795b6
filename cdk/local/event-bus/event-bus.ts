import { isoSeconds } from '../../../functions/contract/time.ts'
import { canonicalJson } from '../../../functions/core/digest.ts'
import { uuidOf } from '../identifiers.ts'
import {
  ACCOUNT,
  type Activity,
  type BusEvent,
  type Clock,
  type EventBus,
  REGION,
  type Resolve,
} from '../ports.ts'
import {
  createDeliverer,
  DEFAULT_RETRY_POLICY,
  type LostDelivery,
  type RetryPolicy,
} from './delivery.ts'
import { compileInput, type TargetInput } from './input.ts'
import { compilePattern } from './pattern.ts'

export interface TargetDeclaration extends TargetInput {
  id: string
  arn: string
  /** In whose name a state machine is started; a queue lets EventBridge in by a policy of its own. */
  role: string | null
  deadLetterArn: string | null
  /** Default: 185 attempts within a day. */
  retryPolicy?: RetryPolicy
}
export interface RuleDeclaration {
  name: string
  arn: string
  pattern: unknown
  enabled: boolean
  targets: readonly TargetDeclaration[]
}
export interface EventBusOptions {
  rules: readonly RuleDeclaration[]
  clock: Clock
  activity: Activity
  onLost: (lost: LostDelivery) => void
}

/** A bus that gets its targets later: the targets also publish to the bus. */
export interface ConnectableBus extends EventBus {
  /** Connects the targets. Throws for an unknown target. Before this call nothing is delivered. */
  connect(resolve: Resolve): void
  /** From now on an event reaches its targets as often as this says: never, once or twice, as on AWS. */
  deliverTimes(timesOf: (event: BusEvent) => number): void
}

/**
 * The default event bus. Everything that a rule declares is compiled at once, so that a pattern or
 * target unknown here is refused before anything runs. Events have the world's time and an id by
 * content: the same events give the same ids in whatever order they come.
 */
export function createEventBus(options: EventBusOptions): ConnectableBus {
  const { clock } = options
  const deliver = createDeliverer(options)
  const compiled = options.rules
    .filter(({ enabled }) => enabled)
    .map((rule) => ({
      matches: compilePattern(rule.pattern, rule.name),
      targets: rule.targets.map((target) => ({
        target,
        what: `rule ${rule.name} to ${target.arn}`,
        makeInput: compileInput(target, rule),
        retryPolicy: target.retryPolicy ?? DEFAULT_RETRY_POLICY,
      })),
    }))
  const connect = (resolve: Resolve) =>
    compiled.map(({ matches, targets }) => ({
      matches,
      targets: targets.map(({ target: { arn, role, deadLetterArn }, ...rest }) => ({
        ...rest,
        deliver: resolve(arn, role),
        deadLetter: deadLetterArn === null ? null : resolve(deadLetterArn, null),
      })),
    }))
  let rules: ReturnType<typeof connect> = []
  let timesOf: (event: BusEvent) => number = () => 1
  /** Equal events of one instant, counted to keep their ids apart. */
  let seen = { timeMs: Number.NaN, counts: new Map<string, number>() }

  function identify(content: Omit<BusEvent, 'id'>): string {
    const timeMs = clock.now()
    if (seen.timeMs !== timeMs) seen = { timeMs, counts: new Map() }
    const text = canonicalJson(content)
    const n = (seen.counts.get(text) ?? 0) + 1
    seen.counts.set(text, n)
    return uuidOf(`event ${n} at ${timeMs} of ${text}`)
  }

  return {
    connect(resolve) {
      rules = connect(resolve)
    },
    deliverTimes(given) {
      timesOf = given
    },
    publish({ source, 'detail-type': detailType, resources, detail }) {
      const content: Omit<BusEvent, 'id'> = {
        version: '0',
        'detail-type': detailType,
        source,
        account: ACCOUNT,
        time: isoSeconds(clock.now()),
        region: REGION,
        resources,
        // What is delivered is what was published, whatever the publisher does with it afterwards.
        detail: structuredClone(detail),
      }
      const event: BusEvent = { ...content, id: identify(content) }
      const times = timesOf(event)
      for (const { matches, targets } of rules) {
        if (!matches(event)) continue
        for (const { makeInput, ...target } of targets)
          for (let n = 0; n < times; n++)
            deliver({ ...target, payload: () => makeInput(event), letter: event })
      }
    },
  }
}
