import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import type { Shown } from '../../cdk/local/page/findings.ts'
import { createPage, type LivePage } from '../../cdk/local/page/page.ts'
import type { Status } from '../../cdk/local/page/status.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { makeScene } from '../make/scene.ts'
import { eventually } from './bring-up.ts'
import { CHROMIUM, openTab, type Tab } from './browser.ts'
import { openWorkshop, SMALL_WORLD, type Workshop, worldDrops } from './run-world.ts'

let workshop: Workshop
let cloud: Cloud
let page: LivePage
beforeAll(async () => {
  workshop = await openWorkshop()
  cloud = await workshop.start()
  await workshop.replay(cloud, worldDrops({ ...SMALL_WORLD, days: 2, users: 120 }))
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

describe('the page of the running system', () => {
  test('tells as JSON what it shows: accounts, freshness by tier, lineage, decisions', async () => {
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

  test('is told to nobody but the person at this machine', async () => {
    expect((await ask({})).status).toBe(200)
    const rebound = await ask({ host: 'evil.example' })
    expect(rebound.status).toBe(403)
    expect(rebound.text).toContain('not to evil.example')
    const foreign = await ask({ origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
  })

  test('leaves all other unsigned requests refused', async () => {
    const answer = await fetch(`${cloud.url}/quartermasterstore-raw/key`)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>')
  })
})

describe.skipIf(CHROMIUM === null)('in a real browser, where there is a Chromium, the page', () => {
  let tab: Tab
  const textOf = (id: string): Promise<string> =>
    tab.evaluate(`document.getElementById('${id}').innerText`)
  beforeAll(async () => {
    tab = await openTab()
    await tab.go(`${cloud.url}/`)
    await eventually(async () => (await textOf('link')) === 'live', 20_000)
    await eventually(async () => (await textOf('drops')).includes('jsonl'), 20_000)
  }, 420_000)
  afterAll(() => tab?.close())

  test('shows what is served, the time, the stages and the lineage', async () => {
    expect(await textOf('tiles')).toContain((await readState()).findings.served!.version)
    const time = new Date(cloud.clock.now()).toISOString().slice(0, 19).replace('T', ' ')
    expect(await textOf('time')).toContain(time)
    expect(await textOf('stages')).toMatch(/intake\s+\d+/)
    expect(await textOf('queues')).toContain('IntakeDrops')
    expect(await tab.evaluate(`document.querySelectorAll('#lineage rect').length`)).toBeGreaterThan(
      1,
    )
  })

  test('shows a new drop without being loaded again', async () => {
    const lines = Buffer.from('{"nonsense"\n')
    await cloud.dropRaw(rawKey('feed', 'events', 'seen-live.jsonl'), lines)
    await eventually(async () => (await textOf('drops')).includes('seen-live.jsonl'), 20_000)
    expect(await textOf('drops')).toMatch(/seen-live\.jsonl\s+1\s+0\s+1 not_json/)
  })

  test('shows a name as text, whatever is in it', async () => {
    const name = '<img src=x onerror=alert(1)>.jsonl'
    await cloud.dropRaw(rawKey('feed', 'events', name), Buffer.from('{}\n'))
    await eventually(async () => (await textOf('drops')).includes(name), 20_000)
    expect(await tab.evaluate(`document.querySelectorAll('#drops img').length`)).toBe(0)
  })

  test('is dark for whoever prefers dark and light for whoever prefers light', async () => {
    const paper = `getComputedStyle(document.documentElement).backgroundColor`
    await tab.prefer('dark')
    expect(await tab.evaluate(paper)).toBe('rgb(16, 19, 23)')
    await tab.prefer('light')
    expect(await tab.evaluate(paper)).toBe('rgb(246, 247, 249)')
  })

  test('asks nobody but this endpoint, and nothing in it went wrong', () => {
    for (const url of tab.requests) expect(url).toMatch(`${cloud.url}/`)
    expect(tab.requests.length).toBeGreaterThan(1)
    expect(tab.complaints).toEqual([])
  })
})
