import { OPERATOR_KEY } from './credentials.ts'
import type { Caller } from './ports.ts'
import type { Declarations } from './template/declarations.ts'

export const OPERATOR: Caller = { stage: 'operator', role: null }
/** What SageMaker's jobs are counted as. */
export const TRAINING_STAGE = 'training'

/** Access keys by who holds them: a request's signature then says whose it is. */
export function issueKeys({ functions, roles }: Declarations): {
  keyOf: (holder: string) => string
  callers: Map<string, Caller>
} {
  const callers = new Map<string, Caller>([[OPERATOR_KEY, OPERATOR]])
  const keys = new Map<string, string>()
  const issue = (holder: string, caller: Caller): void => {
    const key = `LOCAL${String(keys.size).padStart(11, '0')}`
    keys.set(holder, key)
    callers.set(key, caller)
  }
  for (const { name, stage, role } of functions) issue(name, { stage, role })
  // A training job acts as the role that its request names.
  for (const role of roles.keys()) issue(`role ${role}`, { stage: TRAINING_STAGE, role })
  return { keyOf: (holder) => keys.get(holder) ?? OPERATOR_KEY, callers }
}
