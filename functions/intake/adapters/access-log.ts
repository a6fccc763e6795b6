import type { Scene } from '../../contract/scene.ts'
import { sha256Hex } from '../../core/digest.ts'
import { Flaw, isFlaw } from '../json-record.ts'
import type { Adapter } from './adapter.ts'
import { instantOf, MONTHS, offsetMsOf } from './timestamps.ts'

/** Apache HTTP Server 2.4, "Log Files", Combined Log Format; quotes inside a field are escaped. */
const COMBINED =
  /^(\S+) \S+ .+? \[(\d{2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})\] "((?:[^"\\]|\\.)*)" (\d{3}) (?:\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"\s*$/
const REQUEST = /^([A-Z]+) (\S+)/
const REFERER = /^https?:\/\/([^/:?#]+)(?::\d+)?(\/[^?#]*)?/i
const PAGES = ['', 'html', 'htm', 'xhtml', 'php', 'asp', 'aspx', 'jsp']
const MAX_PATH = 256
const MAX_AGENT = 512

interface Request {
  address: string
  timeMs: number
  method: string
  path: string
  status: number
  referer: { host: string; path: string } | null
  agent: string
}

/** A path without query, as an item's id: one that is too long ends in a digest of itself. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/]+/i, '').replace(/[?#].*$/, '') || '/'
  if (path.length <= MAX_PATH) return path
  return `${path.slice(0, 220).toWellFormed()}~${sha256Hex(path).slice(0, 32)}`
}

function parseRequest(line: string): Request | Flaw {
  const match = COMBINED.exec(line)
  if (!match) return new Flaw('bad_row', 'got no line of the combined log format, or a part of one')
  const [, address, day, monthName, year, hour, minute, second, zone, asked, status] = match
  const month = MONTHS.indexOf(monthName!.toLowerCase()) + 1
  const parts = [year, month, day, hour, minute, second].map(Number)
  const timeMs = instantOf(parts, 0, offsetMsOf(zone!))
  if (timeMs === null) return new Flaw('bad_row', 'time: got no date and time of the calendar')
  const [, method = '', target = ''] = REQUEST.exec(asked!) ?? []
  const from = REFERER.exec(match[11]!)
  return {
    address: address!,
    timeMs,
    method,
    path: pathOf(target),
    status: Number(status),
    referer: from && { host: from[1]!.toLowerCase(), path: pathOf(from[2] ?? '/') },
    agent: match[12]!.slice(0, MAX_AGENT).toWellFormed(),
  }
}

function deviceOf(agent: string): string {
  if (/ipad|tablet|kindle|silk/i.test(agent)) return 'tablet'
  return /mobi|iphone|android/i.test(agent) ? 'phone' : 'desktop'
}

/** What a scene takes for a page, for its own site, and for following a link. */
function readSite({ logs, objective }: Scene) {
  const { hosts, pageExtensions = PAGES, outcome = objective } = logs?.accessLog ?? {}
  const own = hosts && new Set(hosts.map((host) => host.toLowerCase()))
  return {
    outcome,
    isOwn: (host: string): boolean => own === undefined || own.has(host),
    isPage({ method, status, path }: Request): boolean {
      if (method !== 'GET' || !((status >= 200 && status < 300) || status === 304)) return false
      const extension = /\.([A-Za-z0-9]+)$/.exec(path.slice(path.lastIndexOf('/') + 1))?.[1] ?? ''
      return pageExtensions.includes(extension.toLowerCase())
    },
  }
}

/**
 * A web server's access log in the combined format. A page that was served is an impression of its
 * path; where a page of the site referred to it, that page got the outcome: its visitor followed a
 * link. A visitor is an address with an agent. Whether the outcome came in time is attribution's
 * to say, by the scene's window. Other requests are sound records that say nothing.
 */
export const accessLog: Adapter = {
  open(_kind, scene) {
    const site = readSite(scene)
    return {
      cutsLine: true,
      factsOf(line) {
        const request = parseRequest(line)
        return isFlaw(request) ? null : { timeMs: request.timeMs, agent: request.agent }
      },
      read(line) {
        const request = parseRequest(line)
        if (isFlaw(request)) return request
        if (!site.isPage(request)) return []
        const { address, agent, timeMs, path, referer } = request
        const userId = `${address} ${sha256Hex(agent).slice(0, 32)}`
        const impression = {
          type: 'impression',
          timeMs,
          userId,
          itemId: path,
          context: {
            agent,
            device: deviceOf(agent),
            section: path.split('/')[1] || 'home',
            referer: referer?.host ?? 'none',
          },
        }
        if (referer === null || !site.isOwn(referer.host) || referer.path === path)
          return [impression]
        const outcome = {
          type: 'outcome',
          timeMs,
          userId,
          itemId: referer.path,
          outcome: site.outcome,
        }
        return [impression, outcome]
      },
    }
  },
}

/** Whether a line is of the combined log format. */
export const isAccessLog = (line: string): boolean => COMBINED.test(line)
