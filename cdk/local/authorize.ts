import type { Caller } from './ports.ts'

/** Whether a caller may do an action on a resource (IAM names and ARNs), with the reason if not. */
export type Authorize = (
  caller: Caller,
  action: string,
  resource: string,
  /** Condition keys of the request, such as `s3:prefix`. */
  context?: Readonly<Record<string, string>>,
) => { allowed: boolean; reason: string }

export const allowAll: Authorize = () => ({ allowed: true, reason: '' })

/** The caller's role does not allow the action. A retry does not help. */
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
