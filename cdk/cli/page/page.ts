import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Scene } from '../../../functions/contract/scene.ts'
import { STYLE } from '../../../functions/report/document.ts'
import { formatNumber } from '../../../functions/report/format.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { ShowPage } from '../../local/front.ts'
import { BASE, LOADING, openBoxes } from './boxes.ts'
import { createFindingsWatch } from './findings.ts'
import { drawFindingsPanels, drawStatusPanels, type Panels } from './panels.ts'
import { readStatus, type Status } from './status.ts'

export interface PageOptions {
  cloud: Cloud
  configuration: Scene
  /** Virtual seconds per real second. 1 is real time. */
  speed: number
}
export interface LivePage {
  show: ShowPage
  close(): void
}

const BEAT_MS = 1000
/** The page loads nothing from other origins and runs only its own script. */
const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** One self-contained document with style and script. */
function readDocument(): string {
  const file = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')
  // The figures come from the report, and so do their colours.
  return file('page.html')
    .replace("/* the report's */", () => STYLE)
    .replace('/* page.css */', () => file('page.css'))
    .replace('/* live.js */', () => file('live.js'))
}

/**
 * The page of the running system. `/` is the document with the current panels,
 * `/_quartermaster/events` sends changed panels (server-sent events),
 * `/_quartermaster/state.json` returns the same data once. `/_quartermaster/search.json` searches the index of a
 * scene that has one (with `retrieve=true` for passages), `/_quartermaster/space.json` its space, and
 * `/_quartermaster/entity.json` its graph. Nothing is read while no page is open.
 */
export function createPage({ cloud, configuration, speed }: PageOptions): LivePage {
  const { scene } = configuration
  const page = readDocument()
  const watch = createFindingsWatch(cloud, scene)
  const boxes = openBoxes(cloud, configuration)
  const listeners = new Set<ServerResponse>()
  const status = (): Status => readStatus(cloud, scene, speed)
  const send = (to: Iterable<ServerResponse>, panels: Panels): void => {
    const text = `event: panels\ndata: ${JSON.stringify(panels)}\n\n`
    for (const response of to) response.write(text)
  }
  const statusPanels = (): Panels =>
    drawStatusPanels({ status: status(), last: watch.last(), configuration })
  const findingsPanels = (): Panels => {
    const last = watch.last()
    return last ? drawFindingsPanels(last, configuration) : {}
  }
  async function refresh(): Promise<void> {
    if (await watch.refresh()) send(listeners, { ...statusPanels(), ...findingsPanels() })
  }
  const beat = setInterval(() => {
    if (listeners.size === 0) return
    send(listeners, statusPanels())
    void refresh()
  }, BEAT_MS)

  function sendDocument(response: ServerResponse): void {
    const pace = speed === 1 ? 'real time' : `virtual time, at most ${formatNumber(speed)}×`
    const drawn = { ...statusPanels(), ...findingsPanels() }
    const panels: Panels = { scene, pace, ...boxes.draw(drawn), ...drawn }
    response.writeHead(200, { ...SECURITY, 'content-type': 'text/html; charset=utf-8' })
    response.end(page.replace(/<!-- ([a-z]+) -->/g, (_, id: string) => panels[id] ?? LOADING))
    void refresh()
  }
  function listen(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...SECURITY, 'content-type': 'text/event-stream' })
    listeners.add(response)
    request.once('close', () => listeners.delete(response))
    send([response], { ...statusPanels(), ...findingsPanels() })
    void refresh()
  }
  async function sendState(response: ServerResponse): Promise<void> {
    await watch.refresh()
    response.writeHead(200, { ...SECURITY, 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: status(), findings: watch.last()?.shown ?? null }))
  }
  return {
    show(request, response, url) {
      const { pathname } = url
      const box = boxes.answers.get(pathname)
      if (request.method !== 'GET') return false
      if (pathname === '/' || pathname === BASE) sendDocument(response)
      else if (pathname === `${BASE}/events`) listen(request, response)
      else if (pathname === `${BASE}/state.json`)
        sendState(response).catch((error: Error) => response.destroy(error))
      else if (box) box(request, response, url)
      else if (pathname === '/favicon.ico') response.writeHead(204).end()
      else return false
      return true
    },
    close() {
      clearInterval(beat)
      boxes.close()
      for (const response of listeners) response.end()
    },
  }
}
