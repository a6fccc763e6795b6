/** Calendar arithmetic in UTC on epoch milliseconds. Pure: nothing here reads a clock. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Intake's time for one drop, and how long its queue then hides the message of one that did not answer. */
export const INTAKE_TIMEOUT_MINUTES = 5
/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
export const INTAKE_REDELIVERY_MINUTES = 6 * INTAKE_TIMEOUT_MINUTES
/**
 * A drop has so long to be read before a closing looks for it, a redelivery after a killed function
 * included: what a closing sees then depends on when drops arrived, not on how reading them went.
 */
export const READING_MINUTES = INTAKE_REDELIVERY_MINUTES + INTAKE_TIMEOUT_MINUTES

export const floorHour = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS
export const floorDay = (timeMs: number): number => Math.floor(timeMs / DAY_MS) * DAY_MS

/** `YYYY-MM-DD` of an instant, UTC. */
export const dateOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10)

/** `HH` of an instant, UTC. */
export const hourOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 13)

/** `YYYY-MM-DDTHH:MM:SSZ`, for people; drops milliseconds. */
export const isoSeconds = (timeMs: number): string =>
  `${new Date(timeMs).toISOString().slice(0, 19)}Z`

/** 13 digits, for keys: their order is the order of time. */
export const ms = (timeMs: number): string => String(timeMs).padStart(13, '0')

/** Start of an hour partition, or null for anything that is not a real date and hour. */
export function hourStart(date: string, hour: string): number | null {
  const timeMs = Date.parse(`${date}T${hour}:00:00.000Z`)
  // Date.parse takes 30 February for 2 March, and 24:00 for the next day's first hour; a partition
  // of that name is nobody's.
  return Number.isNaN(timeMs) || dateOf(timeMs) !== date ? null : timeMs
}

/** Start of a day partition. Throws RangeError for anything that is not a real date. */
export function dayStart(date: string): number {
  const timeMs = hourStart(date, '00')
  if (timeMs === null) throw new RangeError(`not a date: ${date}`)
  return timeMs
}
