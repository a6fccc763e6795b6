/** One line of the bill: quantity × price. */
export interface Line {
  service: string
  what: string
  quantity: number
  price: number
}
/** A line of a service, with the quantity in the service's unit. */
export const line = (service: string, what: string, quantity: number, price: number): Line => ({
  service,
  what,
  quantity,
  price,
})
export const usdOf = ({ quantity, price }: Line): number => quantity * price
export const sumUsd = (lines: readonly Line[]): number =>
  lines.reduce((sum, each) => sum + usdOf(each), 0)

/** Days of a month, on average. */
export const MONTH_DAYS = 365 / 12
export const GIB = 2 ** 30

/** Assumptions: neither the templates nor a run state them. The bill prints each. */
export const ASSUMED = {
  /** SageMaker bills an instance from before the program starts. */
  trainingStartSeconds: 180,
  /** States that a run passes beside its functions, and that one shard of a map passes. */
  statesPerRun: 6,
  statesPerPiece: 2,
  /** KMS requests of one invocation. */
  kmsRequestsPerInvocation: 3,
  /** Five pollers read each queue that feeds a function, each for 20 seconds. */
  pollsPerMonth: (5 * MONTH_DAYS * 86_400) / 20,
  /** Compressed size of the training image. */
  imageGib: 0.1,
  /** Assumed age of data that is kept for ever: one year. */
  keptDays: 365,
} as const

export interface Load {
  eventsPerDay: number
  /** Default: as measured. */
  eventsPerDrop?: number | undefined
  /** Slates that online services rank: each reads the row of its user and of each item. */
  slatesPerDay: number
  itemsPerSlate: number
}

export interface Scale {
  /** The month's events, drops and runs, as multiples of the measurement's. */
  byEvents: number
  byDrops: number
  byRuns: number
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
