/** `watch`: events stay as they are, and the report shows the verdict. */
export const ACTIONS = ['exclude', 'weigh', 'watch'] as const
export type Action = (typeof ACTIONS)[number]

/** What the verdicts say of an event. `weight`: what it counts in training, 0 if it is excluded. */
export interface Match {
  action: Action
  reason: string
  weight: number
}
