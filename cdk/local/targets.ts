import { type Authorize, demand } from './authorize.ts'
import type { Deliver, Resolve } from './ports.ts'

/** What a service asks for before it takes a delivery, by the service in the target's ARN. */
const ACTIONS = {
  sqs: 'sqs:SendMessage',
  lambda: 'lambda:InvokeFunction',
  states: 'states:StartExecution',
} as const
type TargetService = keyof typeof ACTIONS

/**
 * Targets of rules, schedules and failed invocations. Each delivery is authorized with the declared
 * role. A rule has no role for a queue or a function: resource policies admit EventBridge, and they
 * are not evaluated here.
 */
export function createTargets(
  services: Readonly<Record<TargetService, { deliverTo(arn: string): Deliver }>>,
  authorize: Authorize,
): Resolve {
  return (arn, role) => {
    const service = arn.split(':')[2] as TargetService
    if (!Object.hasOwn(ACTIONS, service))
      throw new Error(`a delivery to ${arn} is not supported on the local cloud`)
    const deliver = services[service].deliverTo(arn)
    return async (payload) => {
      demand(authorize, { stage: 'a delivery', role }, ACTIONS[service], arn)
      await deliver(payload)
    }
  }
}
