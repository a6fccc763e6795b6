import type { UserHour } from './rule.ts'

/** The impressions of one request of one user. */
export interface Slate {
  request: string
  /** When each item was last shown, and how often. */
  items: Map<string, { lastMs: number; times: number }>
  impressions: number
  /** Further impressions of an item at one instant, in other places of the slate. */
  copies: number
}

/** The user's slates in order of their first impression. Impressions without a request are left out. */
export function slatesOf({ rows }: UserHour): Slate[] {
  const slates = new Map<string, Slate>()
  for (const { type, request, item, timeMs } of rows) {
    if (type !== 'impression' || request === null) continue
    let slate = slates.get(request)
    if (!slate) {
      slate = { request, items: new Map(), impressions: 0, copies: 0 }
      slates.set(request, slate)
    }
    slate.impressions++
    const shown = slate.items.get(item)
    if (shown?.lastMs === timeMs) slate.copies++
    slate.items.set(item, { lastMs: timeMs, times: (shown?.times ?? 0) + 1 })
  }
  return [...slates.values()]
}
