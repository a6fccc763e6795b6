import { Flaw, isFlaw } from '../json-record.ts'
import { splitBlanks } from './split.ts'
import { FIELDS } from './table.ts'
import { instantOf, isoMs, MONTHS, offsetMsOf } from './timestamps.ts'

/** The fields of one request in an access log, as text. */
export interface RequestLine {
  address: string
  timeMs: number
  method: string
  target: string
  status: number
  referer: string
  agent: string
}
/** Reads a line of one layout. Null for a line of another layout. */
type Read = (line: string) => RequestLine | Flaw | null

const REQUEST = /^([A-Z]+) (\S+)/
/** Apache HTTP Server 2.4, "Log Files", Combined Log Format. Quotes inside a field are escaped. */
const COMBINED =
  /^(\S+) \S+ .+? \[(\d{2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})\] "((?:[^"\\]|\\.)*)" (\d{3}) (?:\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"\s*$/

function readCombined(line: string): RequestLine | Flaw | null {
  const match = COMBINED.exec(line)
  if (!match) return null
  const [, address, day, monthName, year, hour, minute, second, zone, asked, status] = match
  const month = MONTHS.indexOf(monthName!.toLowerCase()) + 1
  const parts = [year, month, day, hour, minute, second].map(Number)
  const timeMs = instantOf(parts, 0, offsetMsOf(zone!))
  if (timeMs === null) return new Flaw('bad_row', 'time: got no valid date and time')
  const [, method = '', target = ''] = REQUEST.exec(asked!) ?? []
  return {
    address: address!,
    timeMs,
    method,
    target,
    status: Number(status),
    referer: match[11]!,
    agent: match[12]!,
  }
}

/**
 * AWS, "Access logs for your Application Load Balancer", "Access log entries": type, time,
 * balancer, client and its port, target, three durations, status, target's status, bytes, request,
 * agent. It does not log the referring page.
 */
const BALANCER =
  /^(?:https?|h2|grpcs|wss?) (\S+) \S+ (\S+):\d+ \S+ \S+ \S+ \S+ (\d{3}|-) \S+ \d+ \d+ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: |$)/

function readBalancer(line: string): RequestLine | Flaw | null {
  const match = BALANCER.exec(line)
  if (!match) return null
  const [, time, address, status, asked, agent] = match
  const timeMs = isoMs(time!)
  if (timeMs === null) return new Flaw('bad_row', 'time: got no valid date and time')
  const [, method = '', target = ''] = REQUEST.exec(asked!) ?? []
  return {
    address: address!,
    timeMs,
    method,
    target,
    // A dash means that the connection was closed before an answer.
    status: status === '-' ? 0 : Number(status),
    referer: '-',
    agent: agent!,
  }
}

const DISTRIBUTION = ['date', 'time', 'c-ip', 'cs-method', 'cs-uri-stem', 'sc-status']

/** Blanks in an agent are written `%20`, and `%2520` in older files. */
function decoded(text: string): string {
  try {
    const once = decodeURIComponent(text)
    return once.includes('%20') ? decodeURIComponent(once) : once
  } catch {
    return text.replaceAll(/%(25)?20/g, ' ')
  }
}

/**
 * AWS, "CloudFront standard logging reference", "Log file fields": cells between tabs. A line that
 * begins with `#Fields:` names them, in any order. Paths keep their percent signs, as in the other
 * layouts.
 */
function openDistribution(): (line: string) => RequestLine | Flaw | null {
  let places: ReadonlyMap<string, number> | null = null
  let width = 0
  return (line) => {
    if (line.startsWith('#')) {
      if (!line.startsWith(FIELDS)) return null
      const names = splitBlanks(line.slice(FIELDS.length))
      places = new Map(names.map((name, i) => [name, i]))
      width = names.length
      return null
    }
    if (places === null) return null
    const missing = DISTRIBUTION.filter((name) => !places!.has(name))
    if (missing.length > 0)
      return new Flaw('bad_row', `the line ${FIELDS} lacks the fields ${missing.join(', ')}`)
    const cells = line.split('\t')
    if (cells.length !== width)
      return new Flaw('bad_row', `got ${cells.length} cells, expected ${width}`)
    const cell = (name: string): string => cells[places!.get(name) ?? -1] ?? '-'
    const timeMs = isoMs(`${cell('date')} ${cell('time')}`)
    if (timeMs === null) return new Flaw('bad_row', 'date and time: got no valid date and time')
    return {
      address: cell('c-ip'),
      timeMs,
      method: cell('cs-method'),
      target: cell('cs-uri-stem'),
      status: Number(cell('sc-status')),
      referer: cell('cs(Referer)'),
      agent: decoded(cell('cs(User-Agent)')),
    }
  }
}

/** Reads the lines of one access log of any layout. Null for a line that is not a request. */
export function openRequestLines(): (line: string) => RequestLine | Flaw | null {
  const readDistribution = openDistribution()
  const readers: readonly Read[] = [readCombined, readBalancer, readDistribution]
  return (line) => {
    if (line.startsWith('#')) return readDistribution(line)
    for (const read of readers) {
      const request = read(line)
      if (request !== null) return request
    }
    return new Flaw(
      'bad_row',
      'got no whole line of an access log, expected the combined log format, that of a load balancer, or that of CloudFront below its line #Fields:',
    )
  }
}

export const isRequest = (read: RequestLine | Flaw | null): read is RequestLine =>
  read !== null && !isFlaw(read)
