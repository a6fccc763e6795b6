import type { Authorize } from '../authorize.ts'
import type { LostDelivery } from '../event-bus/delivery.ts'
import type { Deliver, FunctionDeclaration, Service } from '../ports.ts'
import { invokeAsynchronously } from './asynchronous.ts'
import { createPool, functionArn, type Pool, type PoolOptions } from './pool.ts'
import { lambdaService } from './service.ts'

export interface FunctionPoolOptions extends PoolOptions {
  authorize?: Authorize
  /** Where an event goes whose every attempt failed; null where the function declares nothing. */
  deadLetterOf?: (declaration: FunctionDeclaration) => Deliver | null
  /** An event whose every attempt failed and that has no dead-letter queue. */
  onLost: (lost: LostDelivery) => void
}

export interface FunctionPool extends Pool, Service {
  /** Asynchronous invocation, as a rule or a schedule calls a function. Throws UnknownFunction. */
  deliverTo(nameOrArn: string): Deliver
}

/** Lambda on one machine: the pool, its Invoke API, and asynchronous invocation with its retries. */
export function createFunctionPool(options: FunctionPoolOptions): FunctionPool {
  const pool = createPool(options)
  function deliverTo(nameOrArn: string): Deliver {
    const declaration = pool.find(nameOrArn)
    const { name } = declaration
    return invokeAsynchronously({
      invoker: pool,
      functionName: name,
      clock: options.clock,
      activity: options.activity,
      onLost: (payload, reason) => options.onLost({ what: functionArn(name), payload, reason }),
      deadLetter: options.deadLetterOf?.(declaration) ?? null,
    })
  }
  return { ...pool, ...lambdaService(pool, deliverTo, options.authorize), deliverTo }
}
