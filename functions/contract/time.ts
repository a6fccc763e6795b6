/** Calendar arithmetic in UTC on epoch milliseconds. Pure: no function reads a clock. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/**
 * How long intake may take for one drop. The queue hides the message of a failed drop for the
 * redelivery time below.
 */
export const INTAKE_TIMEOUT_MINUTES = 5
/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
export const INTAKE_REDELIVERY_MINUTES = 6 * INTAKE_TIMEOUT_MINUTES
/**
 * How long a drop may take to be read before a closing looks for it, including one redelivery after
 * a killed function. So a closing depends on when drops arrived, not on how fast they were read.
 */
export const READING_MINUTES = INTAKE_REDELIVERY_MINUTES + INTAKE_TIMEOUT_MINUTES

export const floorHour = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS
export const floorDay = (timeMs: number): number => Math.floor(timeMs / DAY_MS) * DAY_MS

/** `YYYY-MM-DD` of an instant, UTC. */
export const dateOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10)

/** `HH` of an instant, UTC. */
export const hourOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 13)

/** `YYYY-MM-DDTHH:MM:SSZ`, for people. Milliseconds are dropped. */
export const isoSeconds = (timeMs: number): string =>
  `${new Date(timeMs).toISOString().slice(0, 19)}Z`

/** 13 digits for keys, so that keys sort by time. */
export const ms = (timeMs: number): string => String(timeMs).padStart(13, '0')

/** Start of an hour partition. Null for anything but a real date and hour. */
export function hourStart(date: string, hour: string): number | null {
  const timeMs = Date.parse(`${date}T${hour}:00:00.000Z`)
  // Date.parse reads 30 February as 2 March, and 24:00 as the first hour of the next day. No
  // partition has such a name.
  return Number.isNaN(timeMs) || dateOf(timeMs) !== date ? null : timeMs
}

/** Start of a day partition. Throws RangeError for anything but a real date. */
export function dayStart(date: string): number {
  const timeMs = hourStart(date, '00')
  if (timeMs === null) throw new RangeError(`not a date: ${date}`)
  return timeMs
}
