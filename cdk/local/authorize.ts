import type { Caller } from './ports.ts'

/** Whether a caller may do an action on a resource, by IAM's names and ARNs; and why not. */
export type Authorize = (
  caller: Caller,
  action: string,
  resource: string,
  /** Condition keys of the request, such as `s3:prefix`. */
  context?: Readonly<Record<string, string>>,
) => { allowed: boolean; reason: string }

export const allowAll: Authorize = () => ({ allowed: true, reason: '' })

/** What its role does not allow a caller: no retry mends it. */
export class NotAuthorized extends Error {}

/** Throws NotAuthorized where the caller may not. */
export function demand(
  authorize: Authorize,
  caller: Caller,
  action: string,
  resource: string,
): void {
  const { allowed, reason } = authorize(caller, action, resource)
  if (!allowed) throw new NotAuthorized(reason)
}
