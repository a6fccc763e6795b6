import type { Scene } from '../../contract/scene.ts'
import { sha256Hex } from '../../core/digest.ts'
import { isFlaw } from '../json-record.ts'
import type { Adapter } from './adapter.ts'
import { isRequest, openRequestLines, type RequestLine } from './request-lines.ts'

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

/** The path without its query, as an item's id. A path that is too long ends in its own digest. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/]+/i, '').replace(/[?#].*$/, '') || '/'
  if (path.length <= MAX_PATH) return path
  return `${path.slice(0, 220).toWellFormed()}~${sha256Hex(path).slice(0, 32)}`
}

function requestOf(line: RequestLine): Request {
  const { address, timeMs, method, target, status, referer, agent } = line
  const from = REFERER.exec(referer)
  return {
    address,
    timeMs,
    method,
    path: pathOf(target),
    status,
    referer: from && { host: from[1]!.toLowerCase(), path: pathOf(from[2] ?? '/') },
    agent: agent.slice(0, MAX_AGENT).toWellFormed(),
  }
}

function deviceOf(agent: string): string {
  if (/ipad|tablet|kindle|silk/i.test(agent)) return 'tablet'
  return /mobi|iphone|android/i.test(agent) ? 'phone' : 'desktop'
}

/** What a scene counts as a page, as its own site, and as following a link. */
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
 * The access log of a web server, of CloudFront or of a load balancer. A served page is an
 * impression of its path. If a page of the site referred to it, that page has the outcome: its
 * visitor followed a link. A visitor is an address with an agent. Attribution decides later, by the
 * scene's window, whether the outcome came in time. Other requests are valid records without
 * events.
 */
export const accessLog: Adapter = {
  open(_kind, scene) {
    const site = readSite(scene)
    const readLine = openRequestLines()
    return {
      cutsLine: true,
      factsOf(line) {
        const read = readLine(line)
        return isRequest(read) ? { timeMs: read.timeMs, agent: requestOf(read).agent } : null
      },
      read(line) {
        const read = readLine(line)
        if (read === null || isFlaw(read)) return read
        const request = requestOf(read)
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
