import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { STYLE } from '../../../functions/report/document.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { ShowPage } from '../../local/front.ts'
import { createFindingsWatch, type Shown } from './findings.ts'
import { readStatus, type Status } from './status.ts'

export interface PageOptions {
  cloud: Cloud
  scene: string
  speed: number
}
export interface LivePage {
  show: ShowPage
  close(): void
}

const BASE = '/_quartermaster'
const BEAT_MS = 1000
/** Nothing is loaded from anywhere, and nothing but this page's own script runs. */
const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** One self-contained document: style and script stand in it. */
function readDocument(): string {
  const file = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')
  // The figures are the report's, and so are their colours.
  return file('page.html')
    .replace("/* the report's */", () => STYLE)
    .replace('/* page.css */', () => file('page.css'))
    .replace('/* live.js */', () => file('live.js'))
}

/**
 * The page of the running system: `/` the document, `/_quartermaster/events` what it shows, told as
 * it changes (server-sent events), `/_quartermaster/state.json` the same once. Where nobody looks,
 * nothing is gathered.
 */
export function createPage({ cloud, scene, speed }: PageOptions): LivePage {
  const page = readDocument()
  const watch = createFindingsWatch(cloud, scene)
  const listeners = new Set<ServerResponse>()
  const status = (): Status => readStatus(cloud, scene, speed)
  const tell = (to: Iterable<ServerResponse>, event: string, data: Status | Shown): void => {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
    for (const response of to) response.write(text)
  }
  async function tellFindings(): Promise<void> {
    const shown = await watch.refresh()
    if (shown) tell(listeners, 'findings', shown)
  }
  const beat = setInterval(() => {
    if (listeners.size === 0) return
    tell(listeners, 'status', status())
    void tellFindings()
  }, BEAT_MS)

  function listen(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...SECURITY, 'content-type': 'text/event-stream' })
    listeners.add(response)
    request.once('close', () => listeners.delete(response))
    tell([response], 'status', status())
    const last = watch.last()
    if (last) tell([response], 'findings', last)
    void tellFindings()
  }
  async function sendState(response: ServerResponse): Promise<void> {
    await watch.refresh()
    response.writeHead(200, { ...SECURITY, 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: status(), findings: watch.last() }))
  }
  return {
    show(request, response, { pathname }) {
      if (request.method !== 'GET') return false
      if (pathname === '/' || pathname === BASE) {
        response.writeHead(200, { ...SECURITY, 'content-type': 'text/html; charset=utf-8' })
        response.end(page)
      } else if (pathname === `${BASE}/events`) listen(request, response)
      else if (pathname === `${BASE}/state.json`)
        sendState(response).catch((error: Error) => response.destroy(error))
      else if (pathname === '/favicon.ico') response.writeHead(204).end()
      else return false
      return true
    },
    close() {
      clearInterval(beat)
      for (const response of listeners) response.end()
    },
  }
}
