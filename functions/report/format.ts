import { HOUR_MS, MINUTE_MS } from '../contract/time.ts'

/** How the pages write times, durations and numbers: one function for each. Pure, in UTC. */

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `Mon 5 Jan 2026`. */
export function formatDay(timeMs: number): string {
  const at = new Date(timeMs)
  const month = MONTHS[at.getUTCMonth()]
  return `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${month} ${at.getUTCFullYear()}`
}

const clockOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(11, 16)

/** `Mon 5 Jan 2026, 14:00 UTC`. */
export const formatInstant = (timeMs: number): string =>
  `${formatDay(timeMs)}, ${clockOf(timeMs)} UTC`

/** A mark on an axis of time: `5 Jan` at midnight, else `14:00`. */
export function formatTick(at: Date): string {
  const clock = clockOf(at.getTime())
  if (clock !== '00:00') return clock
  const [, day, month, year] = formatDay(at.getTime()).split(' ')
  return month === 'Jan' && day === '1' ? `1 Jan ${year}` : `${day} ${month}`
}

const count = (value: number, unit: string): string => (value === 0 ? '' : `${value} ${unit}`)
const join = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ')

/** `4.3 s`, `45 s`, `11 min 5 s`, `2 h 5 min`, `26 h 30 min`, `5 days 6 h`: at most two units. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `−${formatDuration(-durationMs)}`
  if (durationMs < 9950) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return join(`${Math.floor(seconds / 60)} min`, count(seconds % 60, 's'))
  const minutes = Math.round(durationMs / MINUTE_MS)
  if (minutes < 72 * 60) return join(`${Math.floor(minutes / 60)} h`, count(minutes % 60, 'min'))
  const hours = Math.round(durationMs / HOUR_MS)
  return join(`${Math.floor(hours / 24)} days`, count(hours % 24, 'h'))
}

/** `12,345` for a whole number, otherwise four decimals. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en-GB') : value.toFixed(4)

/** `12.4 %`. */
export const formatShare = (share: number): string => `${(100 * share).toFixed(1)} %`

/** Rewrites the ISO dates and instants of a stage's text in the style of the pages. */
export const formatText = (text: string): string =>
  text.replace(
    /(?<![\w-])(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}Z)?(?![\w-])/g,
    (written, date: string, time: string | undefined) => {
      const timeMs = Date.parse(time === undefined ? date : written)
      if (Number.isNaN(timeMs)) return written
      return time === undefined ? formatDay(timeMs) : formatInstant(timeMs)
    },
  )
