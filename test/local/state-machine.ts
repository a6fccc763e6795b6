import { createActivity, neverBusy } from '../../cdk/local/activity.ts'
import { type Authorize, allowAll } from '../../cdk/local/authorize.ts'
import { createClock } from '../../cdk/local/clock.ts'
import type { BusEvent, InvokeAnswer } from '../../cdk/local/ports.ts'
import { createStateMachines } from '../../cdk/local/step-functions.ts'

const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`

export const ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine'

export const task = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: functionArn(name),
  ...more,
})

/** A machine of one definition, or several by name; `answer` is what each function says. */
export function connect(
  definition: object,
  answer: (name: string, payload: unknown, call: number) => unknown,
  authorize: Authorize = allowAll,
) {
  const activity = createActivity()
  const clock = createClock(0, neverBusy)
  const calls: [string, unknown][] = []
  const events: Pick<BusEvent, 'detail'>[] = []
  const machines = createStateMachines({
    machines: Object.entries('StartAt' in definition ? { machine: definition } : definition).map(
      ([name, each]) => ({
        name,
        arn: ARN.replace(/machine$/, name),
        definition: JSON.stringify(each),
        role: 'role',
      }),
    ),
    invoker: {
      async invoke(arn, payload): Promise<InvokeAnswer> {
        const name = arn.split(':').at(-1)!
        calls.push([name, payload])
        try {
          return { payload: await answer(name, payload, calls.length), functionError: null }
        } catch (error) {
          return {
            payload: { errorType: (error as Error).name, errorMessage: (error as Error).message },
            functionError: 'Unhandled',
          }
        }
      },
    },
    clock,
    activity,
    bus: { publish: (event) => void events.push(event) },
    authorize,
  })
  return { calls, events, machines, activity, clock }
}

/** Runs one definition to its end. */
export async function run(
  definition: object,
  input: unknown,
  ...how: [Parameters<typeof connect>[1], Authorize?]
) {
  const { machines, activity, ...rest } = connect(definition, ...how)
  await machines.deliverTo(ARN)(input)
  await activity.idle()
  return { ...rest, execution: machines.executions()[0]!, machines, activity }
}

export const failing = (name: string): never => {
  throw Object.assign(new Error('no'), { name })
}
