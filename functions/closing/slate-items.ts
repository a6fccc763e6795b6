import type { EventRow } from '../contract/rows.ts'
import { createCodes } from '../core/codes.ts'
import { PairCodes } from '../math/pair-codes.ts'

/** Numbers the items of slates, for any user. */
export interface SlateItems {
  /** How many have a number. */
  readonly size: number
  /** The number of a row's item in its slate. −1 if the row names no request. */
  codeOf(row: Pick<EventRow, 'request' | 'item'>): number
  /** As codeOf. −1 also if no row before had the same item in the same slate. */
  find(row: Pick<EventRow, 'request' | 'item'>): number
}

/** Memory: about 24 bytes an item of a slate, and each request and item once. */
export function createSlateItems(): SlateItems {
  const requests = createCodes()
  const items = createCodes()
  const pairs = new PairCodes()
  return {
    get size() {
      return pairs.size
    },
    codeOf: ({ request, item }) =>
      request === null ? -1 : pairs.codeOf(requests.codeOf(request), items.codeOf(item)),
    find({ request, item }) {
      const requestCode = request === null ? undefined : requests.find(request)
      const itemCode = items.find(item)
      return requestCode === undefined || itemCode === undefined
        ? -1
        : pairs.find(requestCode, itemCode)
    },
  }
}
