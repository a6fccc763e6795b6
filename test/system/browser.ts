import { existsSync } from 'node:fs'
import { launch, type Page } from 'puppeteer-core'

/** A Chromium that is installed here, or null. */
export const CHROMIUM =
  [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium'].find((path) => path && existsSync(path)) ??
  null

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic']

/** One page of a headless browser. */
interface Tab {
  page: Page
  /** What the page threw or wrote to its console. */
  complaints: string[]
  /** Addresses that it asked for. */
  requests: string[]
  close(): Promise<void>
}

export async function openTab(): Promise<Tab> {
  const browser = await launch({ executablePath: CHROMIUM!, headless: 'shell', args: FLAGS })
  const page = await browser.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('request', (request) => requests.push(request.url()))
  return { page, complaints, requests, close: () => browser.close() }
}
