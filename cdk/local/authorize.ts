import type { Caller } from './ports.ts'

/** Whether a caller may do an action on a resource, by IAM's names and ARNs; and why not. */
export type Authorize = (
  caller: Caller,
  action: string,
  resource: string,
) => { allowed: boolean; reason: string }

export const allowAll: Authorize = () => ({ allowed: true, reason: '' })
