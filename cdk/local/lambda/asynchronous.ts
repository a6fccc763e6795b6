import { MINUTE_MS } from '../../../functions/contract/time.ts'
import type { Activity, Clock, Deliver, FunctionInvoker } from '../ports.ts'

export interface AsynchronousOptions {
  invoker: FunctionInvoker
  functionName: string
  clock: Clock
  activity: Activity
  /** Gets the event after the last attempt. Without one the event is lost, as on AWS: `onLost` says so. */
  deadLetter: Deliver | null
  onLost: (event: unknown, reason: string) => void
}

/** Lambda's own, where no EventInvokeConfig is declared; one that is, the templates' reader refuses. */
const RETRIES = 2

/**
 * Asynchronous invocation: accepts an event at once; an attempt that fails is repeated after one
 * and then two minutes of the world's time (AWS Lambda Developer Guide, "How Lambda handles
 * errors and retries with asynchronous invocation"), then the event is a dead letter.
 */
export function invokeAsynchronously(options: AsynchronousOptions): Deliver {
  const { invoker, functionName, clock, activity } = options

  async function attempt(event: unknown, retries: number): Promise<void> {
    const { functionError, payload } = await invoker.invoke(functionName, event)
    if (functionError === null) return
    if (retries < RETRIES) {
      clock.at(clock.now() + (retries + 1) * MINUTE_MS, () => run(event, retries + 1))
      return
    }
    if (options.deadLetter) await options.deadLetter(event)
    else options.onLost(event, JSON.stringify(payload))
  }
  function run(event: unknown, retries: number): void {
    const end = activity.begin(`event for ${functionName}`)
    attempt(event, retries)
      .catch((error: Error) => options.onLost(event, error.message))
      .finally(end)
  }
  return async (event) => run(event, 0)
}
