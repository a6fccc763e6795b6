import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Chromium that is installed here, or null. */
export const CHROMIUM =
  [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium'].find((path) => path && existsSync(path)) ??
  null

/** One page of a headless browser, by the Chrome DevTools protocol. */
export interface Tab {
  go(url: string): Promise<void>
  /** Value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>
  prefer(scheme: 'light' | 'dark'): Promise<void>
  /** Whatever the page threw or wrote to its console as an error. */
  complaints: string[]
  /** Addresses that it asked for. */
  requests: string[]
  close(): Promise<void>
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
]

const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /ws:\/\/\S+/.exec(said)?.[0]
      if (address) resolve(address)
    })
    child.once('close', () => reject(new Error(`the browser ended: ${said}`)))
  })

interface Told {
  id?: number
  method?: string
  params?: Record<string, never>
  result?: never
  error?: { message: string }
}

export async function openTab(): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), 'browser-'))
  const child = spawn(CHROMIUM!, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const socket = new WebSocket(await listening(child))
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const waiting = new Map<number, (told: Told) => void>()
  const complaints: string[] = []
  const requests: string[] = []
  let sent = 0
  let sessionId: string | undefined
  socket.addEventListener('message', ({ data }) => {
    const told = JSON.parse(String(data)) as Told
    if (told.id !== undefined) waiting.get(told.id)?.(told)
    const params = JSON.stringify(told.params)
    if (told.method === 'Runtime.exceptionThrown' || told.method === 'Log.entryAdded')
      complaints.push(params)
    if (told.method === 'Network.requestWillBeSent')
      requests.push((told.params as unknown as { request: { url: string } }).request.url)
  })
  const send = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++sent
      waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as T),
      )
      socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
  })
  const attached = await send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  })
  sessionId = attached.sessionId
  for (const domain of ['Runtime', 'Log', 'Network', 'Page']) await send(`${domain}.enable`)
  return {
    complaints,
    requests,
    go: (url) => send('Page.navigate', { url }),
    async evaluate<T>(expression: string): Promise<T> {
      const { result } = await send<{ result: { value: T } }>('Runtime.evaluate', {
        expression,
        returnByValue: true,
      })
      return result.value
    },
    prefer: (value) =>
      send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] }),
    async close() {
      socket.close()
      child.kill('SIGKILL')
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
