import { CronExpressionParser } from 'cron-parser'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'

export interface ScheduleTimes {
  /** The first firing strictly after an instant; null when there is none any more. */
  nextAfter(timeMs: number): number | null
  isRecurring: boolean
}

const UNITS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS }
const LAST_YEAR = 2199

/** Numbers are 1 = SUN to 7 = SAT; cron has 0 = SUN. After `#` and `/` stand counts, no days. */
function translateDayOfWeek(field: string): string {
  const parts = field.split(',').map((part) => {
    const [days, step] = part.split('/') as [string, string?]
    const [, core, rest] = /^(.*?)(#\d|L)?$/.exec(days)!
    // Alone, L is the last day of the week.
    if (core === '' && rest === 'L') return '6'
    const shifted = core!.replace(/\d+/g, (day) => {
      if (Number(day) < 1 || Number(day) > 7)
        throw new Error(`a day of the week is 1 to 7, not ${day}`)
      return String(Number(day) - 1)
    })
    if (step === undefined) return `${shifted}${rest ?? ''}`
    // cron counts a second Sunday as 7, which AWS has not: the end is said.
    const from = shifted === '*' ? '0-6' : /^\d$/.test(shifted) ? `${shifted}-6` : shifted
    return `${from}/${step}`
  })
  return parts.join(',')
}

/** Whether a year is of the field: `*`, years, ranges, steps. */
function compileYears(field: string): (year: number) => boolean {
  const tests = field.split(',').map((part) => {
    const match = /^(?:(\*)|(\d{4})(?:-(\d{4}))?)(?:\/(\d+))?$/.exec(part)
    if (!match) throw new Error(`"${field}" is no year`)
    const from = match[1] ? 1970 : Number(match[2])
    const isSingle = !match[1] && !match[3] && !match[4]
    const to = match[3] ? Number(match[3]) : isSingle ? from : LAST_YEAR
    const step = Number(match[4] ?? 1)
    return (year: number) => year >= from && year <= to && (year - from) % step === 0
  })
  return (year) => tests.some((test) => test(year))
}

function parseCron(body: string): ScheduleTimes {
  const fields = body.trim().split(/\s+/)
  if (fields.length !== 6)
    throw new Error('cron has six fields: minutes hours day-of-month month day-of-week year')
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw new Error('one of day-of-month and day-of-week, and only one, is ?')
  if (dayOfMonth.includes('W')) throw new Error('W, the nearest weekday, is not supported')
  const days = dayOfWeek === '?' ? '*' : translateDayOfWeek(dayOfWeek)
  const expression = `0 ${minutes} ${hours} ${dayOfMonth === '?' ? '*' : dayOfMonth} ${month} ${days}`
  const isOfYear = compileYears(year)
  CronExpressionParser.parse(expression, { tz: 'UTC' })
  return {
    isRecurring: true,
    nextAfter(timeMs) {
      let fromMs = timeMs
      for (;;) {
        const cron = CronExpressionParser.parse(expression, {
          currentDate: new Date(fromMs),
          tz: 'UTC',
        })
        const next = cron.next().toDate()
        const nextYear = next.getUTCFullYear()
        if (isOfYear(nextYear)) return next.getTime()
        let wanted = nextYear + 1
        while (wanted <= LAST_YEAR && !isOfYear(wanted)) wanted++
        if (wanted > LAST_YEAR) return null
        fromMs = Date.UTC(wanted, 0, 1) - 1
      }
    },
  }
}

function parseRate(body: string, startMs: number): ScheduleTimes {
  const [, count, unit] = /^\s*(\d+)\s+(minute|hour|day)s?\s*$/.exec(body) ?? []
  if (!count || !unit || Number(count) === 0)
    throw new Error('a rate is a positive number and minutes, hours or days')
  const everyMs = Number(count) * UNITS[unit]!
  return {
    isRecurring: true,
    // Without a start date a rate begins when the schedule is created.
    nextAfter: (timeMs) =>
      timeMs < startMs
        ? startMs
        : startMs + (Math.floor((timeMs - startMs) / everyMs) + 1) * everyMs,
  }
}

function parseAt(body: string): ScheduleTimes {
  const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : Number.NaN
  if (Number.isNaN(timeMs)) throw new Error('a single time is at(yyyy-mm-ddThh:mm:ss)')
  return { isRecurring: false, nextAfter: (afterMs) => (afterMs < timeMs ? timeMs : null) }
}

/**
 * A schedule expression of EventBridge Scheduler, in UTC (EventBridge Scheduler User Guide,
 * "Schedule types"). `startMs` is when the schedule came to be. Throws, naming the schedule, for
 * what is wrong or not supported.
 */
export function parseScheduleExpression(
  expression: string,
  schedule: string,
  startMs: number,
): ScheduleTimes {
  const [, kind, body] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? []
  try {
    if (kind === 'cron') return parseCron(body!)
    if (kind === 'rate') return parseRate(body!, startMs)
    if (kind === 'at') return parseAt(body!)
    throw new Error('expected cron(…), rate(…) or at(…)')
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`schedule ${schedule}: ${expression}: ${why}`, { cause: error })
  }
}
