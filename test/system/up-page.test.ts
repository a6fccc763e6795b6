import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shown } from '../../cdk/cli/page/findings.ts'
import { createPage, type LivePage } from '../../cdk/cli/page/page.ts'
import type { Status } from '../../cdk/cli/page/status.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { formatInstant } from '../../functions/report/format.ts'
import { makeScene } from '../make/scene.ts'
import { contrast, findBarriers } from '../report/accessibility.ts'
import { eventually } from './bring-up.ts'
import { CHROMIUM, openTab } from './browser.ts'
import { fireOnlyIn, openWorkshop, SMALL_WORLD, type Workshop, worldDrops } from './run-world.ts'

let workshop: Workshop
let cloud: Cloud
let page: LivePage
beforeAll(async () => {
  workshop = await openWorkshop()
  cloud = await workshop.start()
  fireOnlyIn(cloud, { 1: [1, 2, 4, 12], 2: [1, 2, 3] })
  const endMs = SMALL_WORLD.startMs + 2 * DAY_MS + 4 * HOUR_MS
  await workshop.replay(cloud, worldDrops({ ...SMALL_WORLD, days: 2, users: 120 }), endMs)
  page = createPage({ cloud, configuration: makeScene(), speed: 60 })
  cloud.show(page.show)
}, 420_000)
afterAll(async () => {
  page?.close()
  await workshop?.end()
})

async function readState(): Promise<{ status: Status; findings: Shown }> {
  const answer = await fetch(`${cloud.url}/_quartermaster/state.json`)
  return (await answer.json()) as { status: Status; findings: Shown }
}
/** Status and body of a request whose headers fetch would not send. */
const ask = (headers: Record<string, string>): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    request(`${cloud.url}/`, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, text }))
    })
      .once('error', reject)
      .end()
  })

describe('The live page', () => {
  test('The state is served as JSON: accounts, freshness, lineage, decisions', async () => {
    const { status, findings } = await readState()
    expect(status).toMatchObject({ scene: 'feed', nowMs: cloud.clock.now(), deadLetters: 0 })
    expect(status.stages.map(({ stage }) => stage)).toContain('intake')
    const { drops, read, accepted, quarantined } = findings.totals
    expect(drops).toBeGreaterThan(40)
    expect(read).toBe(accepted + quarantined)
    const throughMs = Object.fromEntries(
      findings.freshness.map((each) => [each.what, each.throughMs ?? 0]),
    )
    expect(throughMs['drops']!).toBeGreaterThan(throughMs['daily']!)
    expect(throughMs['daily']!).toBeGreaterThanOrEqual(throughMs['full']!)
    expect(findings.releases[0]!.kind).toMatch(/flip|skip|refusal/)
    for (const figure of ['lineage', 'quality', 'ages', 'days'] as const)
      expect(findings[figure], figure).toContain('<svg')
  })

  test('The first answer shows that it loads; the next has everything', async () => {
    const fresh = createPage({ cloud, configuration: makeScene(), speed: 60 })
    cloud.show(fresh.show)
    const first = await (await fetch(`${cloud.url}/`)).text()
    expect(first).toContain('Loading: the accounts and the registry are being read.')
    expect(first).toContain(formatInstant(cloud.clock.now()))
    expect(first).toMatch(/<td class="nowrap">intake<\/td><td class="number">\d/)
    const next = await eventually(async () => {
      const text = await (await fetch(`${cloud.url}/`)).text()
      return !text.includes('oading') && text
    }, 20_000)
    const { findings } = await readState()
    expect(next).toContain(findings.served!.version)
    expect(next).toMatch(/class="health (good|bad)"/)
    expect(next.split('<svg').length - 1).toBeGreaterThanOrEqual(6)
    expect(next).not.toMatch(/<!-- [a-z]+ -->/)
    expect(findBarriers(next)).toEqual([])
    fresh.close()
    cloud.show(page.show)
  })

  test('Page text has a contrast of 4.5 at least, light and dark', async () => {
    const text = await (await fetch(`${cloud.url}/`)).text()
    const colours = new Map(
      [...text.matchAll(/--([a-z]+): light-dark\((#\w+), (#\w+)\)/g)].map(
        ([, name, light, dark]) => [name!, [light!, dark!] as const],
      ),
    )
    for (const name of ['ink', 'quiet', 'good', 'bad', 'accent'])
      for (const under of ['paper', 'card'])
        for (const scheme of [0, 1] as const)
          expect(
            contrast(colours.get(name)![scheme], colours.get(under)![scheme]),
            `${name} on ${under}`,
          ).toBeGreaterThan(4.5)
  })

  test('The page answers only browsers on this machine', async () => {
    expect((await ask({})).status).toBe(200)
    const rebound = await ask({ host: 'evil.example' })
    expect(rebound.status).toBe(403)
    expect(rebound.text).toContain('not to evil.example')
    const foreign = await ask({ origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
  })

  test('All other unsigned requests are refused', async () => {
    const answer = await fetch(`${cloud.url}/quartermasterstore-raw/key`)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>')
  })
})

describe.skipIf(CHROMIUM === null)('The page in Chromium', () => {
  let tab: Awaited<ReturnType<typeof openTab>>
  const evaluate = <T>(expression: string): Promise<T> =>
    tab.page.evaluate(expression) as Promise<T>
  const prefer = (value: 'light' | 'dark') =>
    tab.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
  const textOf = (id: string): Promise<string> =>
    evaluate(`document.getElementById('${id}').innerText`)
  beforeAll(async () => {
    tab = await openTab()
    await tab.page.goto(`${cloud.url}/`)
    await eventually(async () => (await textOf('link')) === 'live', 20_000)
    await eventually(async () => (await textOf('drops')).includes('jsonl'), 20_000)
  }, 420_000)
  afterAll(() => tab?.close())

  test('The page shows the served version, time, stages and lineage', async () => {
    expect(await textOf('tiles')).toContain((await readState()).findings.served!.version)
    expect(await textOf('health')).not.toContain('Loading')
    expect(await textOf('time')).toBe(formatInstant(cloud.clock.now()))
    expect(await textOf('health')).toContain('release')
    expect(await textOf('stages')).toMatch(/intake\s+\d+/)
    expect(await textOf('queues')).toContain('IntakeDrops')
    expect(await evaluate(`document.querySelectorAll('#lineage rect').length`)).toBeGreaterThan(1)
  })

  test('A new drop appears without a reload', async () => {
    const lines = Buffer.from('{"nonsense"\n')
    await cloud.dropRaw(rawKey('feed', 'events', 'seen-live.jsonl'), lines)
    await eventually(async () => (await textOf('drops')).includes('seen-live.jsonl'), 20_000)
    expect(await textOf('drops')).toMatch(/seen-live\.jsonl\s+1\s+0\s+1 not_json/)
  })

  test('The page escapes markup in a name', async () => {
    const name = '<img src=x onerror=alert(1)>.jsonl'
    await cloud.dropRaw(rawKey('feed', 'events', name), Buffer.from('{}\n'))
    await eventually(async () => (await textOf('drops')).includes(name), 20_000)
    expect(await evaluate(`document.querySelectorAll('#drops img').length`)).toBe(0)
  })

  test('The page follows the preferred colour scheme', async () => {
    const paper = `getComputedStyle(document.documentElement).backgroundColor`
    await prefer('dark')
    expect(await evaluate(paper)).toBe('rgb(16, 19, 23)')
    await prefer('light')
    expect(await evaluate(paper)).toBe('rgb(246, 247, 249)')
  })

  test('Content wider than the window scrolls in its own box', async () => {
    const cut = await evaluate<string[]>(`[...document.querySelectorAll('html, body, body *')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
      .filter((one) => !one.closest('svg, .scroll') && getComputedStyle(one).display !== 'inline')
      .map((one) => one.tagName + ' ' + one.id)`)
    expect(cut).toEqual([])
  })

  test('The page requests only this endpoint, without errors', () => {
    for (const url of tab.requests) expect(url).toMatch(`${cloud.url}/`)
    expect(tab.requests.length).toBeGreaterThan(1)
    expect(tab.complaints).toEqual([])
  })
})
