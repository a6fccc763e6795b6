import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Scene } from '../../../functions/contract/scene.ts'
import { STYLE } from '../../../functions/report/document.ts'
import { formatNumber } from '../../../functions/report/format.ts'
import type { Cloud } from '../../local/cloud.ts'
import type { ShowPage } from '../../local/front.ts'
import { openPseudonyms } from '../ranking.ts'
import { openGraphBox } from './entity.ts'
import { createFindingsWatch } from './findings.ts'
import { drawFindingsPanels, drawStatusPanels, type Panels } from './panels.ts'
import { openSearchBox } from './search.ts'
import { openSpaceBox } from './space.ts'
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

const BASE = '/_quartermaster'
const BEAT_MS = 1000
/** The page loads nothing from other origins and runs only its own script. */
const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** live.js fills the list. */
const SEARCH_BOX = `<section>
    <h2>Search</h2>
    <input id="query" type="search" autocomplete="off" aria-label="Search the index" placeholder="words, &quot;a phrase&quot;, begin*, fuzy~, -without">
    <p id="found" class="quiet"></p>
    <ol id="hits" class="hits"></ol>
  </section>`

/** live.js fills the lists, and the panel `spaces` has what the report has. */
const spaceSection = (spaces: string): string => `<section>
    <h2 id="space">Space</h2>
    <div class="pair">
      <input id="item" type="search" autocomplete="off" aria-label="An item of the space" placeholder="an item: its neighbours">
      <input id="user" type="search" autocomplete="off" aria-label="A user of the space" placeholder="a user: what is recalled">
    </div>
    <p id="some" class="quiet"></p>
    <p id="near" class="quiet" role="status"></p>
    <ol id="neighbours" class="hits"></ol>
    <div id="spaces">${spaces}</div>
  </section>`

/** live.js draws the neighbourhood, and the panel `graphs` has what the report has. */
const graphSection = (graphs: string): string => `<section>
    <h2 id="graph">Graph</h2>
    <input id="entity" type="search" autocomplete="off" aria-label="An entity of the graph" placeholder="an entity as &lt;kind&gt;:&lt;name&gt;: its neighbourhood">
    <p id="entities" class="quiet"></p>
    <p id="around" class="quiet" role="status"></p>
    <div id="neighbourhood"></div>
    <div id="graphs">${graphs}</div>
  </section>`

/** live.js fills the list. */
const RETRIEVE_BOX = `<section>
    <h2>Retrieve</h2>
    <input id="question" type="search" autocomplete="off" aria-label="Retrieve passages of documents" placeholder="a question: the passages that answer it">
    <p id="retrieved" class="quiet" role="status"></p>
    <ol id="passages" class="hits"></ol>
  </section>`

const LOADING = '<p class="quiet">Loading: the accounts and the registry are being read.</p>'

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
  const answerSearch = openSearchBox(cloud, scene)
  const loadPseudonyms = async () => {
    const pseudonymize = await openPseudonyms(cloud, scene)
    return (user: string): string => pseudonymize('user', user)
  }
  const spaceBox = configuration.embeddings ? openSpaceBox({ cloud, scene, loadPseudonyms }) : null
  const answerEntity = configuration.graph ? openGraphBox(cloud, scene) : null
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
    const search = answerSearch ? SEARCH_BOX : ''
    const drawn = { ...statusPanels(), ...findingsPanels() }
    const space = spaceBox ? spaceSection(drawn['spaces'] ?? LOADING) : ''
    const graph = answerEntity ? graphSection(drawn['graphs'] ?? LOADING) : ''
    const retrieve = answerSearch && configuration.documents ? RETRIEVE_BOX : ''
    const panels: Panels = { scene, pace, search, space, retrieve, graph, ...drawn }
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
      if (request.method !== 'GET') return false
      if (pathname === '/' || pathname === BASE) sendDocument(response)
      else if (pathname === `${BASE}/events`) listen(request, response)
      else if (pathname === `${BASE}/state.json`)
        sendState(response).catch((error: Error) => response.destroy(error))
      else if (pathname === `${BASE}/search.json` && answerSearch)
        answerSearch(request, response, url)
      else if (pathname === `${BASE}/space.json` && spaceBox)
        spaceBox.answer(request, response, url)
      else if (pathname === `${BASE}/entity.json` && answerEntity)
        answerEntity(request, response, url)
      else if (pathname === '/favicon.ico') response.writeHead(204).end()
      else return false
      return true
    },
    close() {
      clearInterval(beat)
      spaceBox?.close()
      for (const response of listeners) response.end()
    },
  }
}
