import { ServiceError } from './json-service.ts'

const LARGEST_PAGE = 1000

/**
 * One page of a list, and the token of the next, null at the end. A token is the place in the
 * list, opaque as AWS's are. Throws ServiceError ValidationException for one that is none.
 */
export function pageOf<T>(
  all: readonly T[],
  maxResults: unknown,
  token: unknown,
): { items: readonly T[]; nextToken: string | null } {
  const size = Math.min(LARGEST_PAGE, Number(maxResults ?? 0) || LARGEST_PAGE)
  const from =
    token === undefined || token === null
      ? 0
      : Number(Buffer.from(String(token), 'base64url').toString() || Number.NaN)
  if (!Number.isInteger(from))
    throw new ServiceError('ValidationException', `"${token}" is no token of an earlier answer`)
  const through = from + size
  const nextToken = through < all.length ? Buffer.from(String(through)).toString('base64url') : null
  return { items: all.slice(from, through), nextToken }
}
