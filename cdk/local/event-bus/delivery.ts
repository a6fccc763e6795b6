import { NotAuthorized } from '../authorize.ts'
import type { Activity, Clock, Deliver } from '../ports.ts'

export interface RetryPolicy {
  /** 0 to 185. */
  maximumRetryAttempts: number
  /** 60 to 86,400. */
  maximumEventAgeSeconds: number
}
/** Amazon EventBridge User Guide, "How EventBridge retries delivering events". */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maximumRetryAttempts: 185,
  maximumEventAgeSeconds: 86_400,
}
const LONGEST_PAUSE_SECONDS = 600

/** One event or firing that reached its target neither by retries nor as a dead letter. */
export interface LostDelivery {
  what: string
  payload: unknown
  reason: string
}

export interface Delivery {
  /** Names it where it fails: the rule and target, or the schedule. */
  what: string
  /** What attempt `n`, from 1, is called with. */
  payload(attempt: number): unknown
  deliver: Deliver
  retryPolicy: RetryPolicy
  deadLetter: Deliver | null
  /** What the dead-letter queue gets; by default the payload of the last attempt. */
  letter?: unknown
}

/**
 * At-least-once delivery: a failed attempt is repeated with doubling pauses of virtual time (AWS
 * adds jitter; here the same input has the same pauses), then becomes a dead letter, else it is
 * reported as lost: on AWS it would be dropped without a word.
 */
export function createDeliverer(options: {
  clock: Clock
  activity: Activity
  onLost: (lost: LostDelivery) => void
}): (delivery: Delivery) => void {
  const { clock, activity, onLost } = options

  async function attempt(delivery: Delivery, n: number, startedMs: number): Promise<void> {
    const { what, deliver, retryPolicy, deadLetter } = delivery
    let payload: unknown = null
    let isMade = false
    try {
      payload = delivery.payload(n)
      isMade = true
      await deliver(payload)
    } catch (error) {
      const pauseMs = Math.min(2 ** (n - 1), LONGEST_PAUSE_SECONDS) * 1000
      const nextMs = clock.now() + pauseMs
      const isTooOld = nextMs - startedMs > retryPolicy.maximumEventAgeSeconds * 1000
      // A payload that cannot be made from the event never can, and a permission that is missing
      // stays so ("How EventBridge retries delivering events").
      const isLasting = !isMade || error instanceof NotAuthorized
      if (!isLasting && n <= retryPolicy.maximumRetryAttempts && !isTooOld)
        clock.at(nextMs, () => run(delivery, n + 1, startedMs))
      else if (deadLetter) await deadLetter(delivery.letter ?? payload)
      else onLost({ what, payload, reason: (error as Error).message })
    }
  }
  function run(delivery: Delivery, n: number, startedMs: number): void {
    const end = activity.begin(delivery.what)
    attempt(delivery, n, startedMs)
      .catch((error: Error) =>
        onLost({ what: delivery.what, payload: null, reason: error.message }),
      )
      .finally(end)
  }
  return (delivery) => run(delivery, 1, clock.now())
}
