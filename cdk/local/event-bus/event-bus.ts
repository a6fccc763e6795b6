import { isoSeconds } from '../../../functions/contract/time.ts'
import { canonicalJson } from '../../../functions/core/digest.ts'
import { uuidOf } from '../identifiers.ts'
import {
  ACCOUNT,
  type Activity,
  type BusEvent,
  type Clock,
  type Deliver,
  type EventBus,
  REGION,
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
  /** What reaches a target or a dead-letter queue; throws for an ARN that nothing answers to. */
  resolve: (arn: string) => Deliver
  clock: Clock
  activity: Activity
  onLost: (lost: LostDelivery) => void
}

/**
 * The default event bus. Everything that a rule declares is compiled at once, so that a pattern or
 * target unknown here is refused before anything runs. Events have the world's time and an id by
 * content: the same events give the same ids in whatever order they come.
 */
export function createEventBus(options: EventBusOptions): EventBus {
  const { clock, resolve } = options
  const deliver = createDeliverer(options)
  const rules = options.rules
    .filter(({ enabled }) => enabled)
    .map((rule) => ({
      matches: compilePattern(rule.pattern, rule.name),
      targets: rule.targets.map((target) => ({
        what: `rule ${rule.name} to ${target.arn}`,
        makeInput: compileInput(target, rule),
        deliver: resolve(target.arn),
        deadLetter: target.deadLetterArn === null ? null : resolve(target.deadLetterArn),
        retryPolicy: target.retryPolicy ?? DEFAULT_RETRY_POLICY,
      })),
    }))
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
      for (const { matches, targets } of rules) {
        if (!matches(event)) continue
        for (const { makeInput, ...target } of targets)
          deliver({ ...target, payload: () => makeInput(event), letter: event })
      }
    },
  }
}
