import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeHour } from '../../functions/closing/close.ts'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { type Logs, logsSchema } from '../../functions/contract/logs.ts'
import { plain, readLinesOf } from './read-lines-of.ts'
import { takeIn } from './take-in.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20140205 Firefox/24.0'
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const line = (
  fields: Partial<Record<'ip' | 'time' | 'request' | 'status' | 'referer' | 'agent', string>> = {},
) => {
  const {
    ip = '203.0.113.9',
    time = '05/Jan/2026:10:05:03 +0000',
    request = 'GET /blog/tags?page=2 HTTP/1.1',
    status = '200',
    referer = '-',
    agent = FIREFOX,
  } = fields
  return `${ip} - - [${time}] "${request}" ${status} 7697 "${referer}" "${agent}"`
}
const read = (lines: readonly string[], logs?: Logs['accessLog']) =>
  readLinesOf('access-log', 'events', lines, logs && logsSchema.parse({ accessLog: logs })).map(
    plain,
  )
type Records = { [field: string]: unknown }[]

describe('The access log adapter', () => {
  test('A served page is read as an impression of its path', () => {
    const [records] = read([line({ time: '05/Jan/2026:12:05:03 +0200' })]) as [Records]
    expect(records).toEqual([
      {
        type: 'impression',
        timeMs: Date.UTC(2026, 0, 5, 10, 5, 3),
        userId: expect.stringMatching(/^203\.0\.113\.9 [0-9a-f]{32}$/),
        itemId: '/blog/tags',
        context: { agent: FIREFOX, device: 'desktop', section: 'blog', referer: 'none' },
      },
    ])
  })

  test('A referring page gets an outcome, except when it refers to itself', () => {
    const [followed, itself] = read([
      line({ request: 'GET /b HTTP/1.1', referer: 'http://www.example.com/a?x=1#y' }),
      line({ request: 'GET /a HTTP/1.1', referer: 'http://www.example.com/a' }),
    ]) as [Records, Records]
    expect(followed).toMatchObject([
      { type: 'impression', itemId: '/b', context: { referer: 'www.example.com' } },
      {
        type: 'outcome',
        itemId: '/a',
        outcome: 'click',
        timeMs: followed[0]!['timeMs'],
        userId: followed[0]!['userId'],
      },
    ])
    expect(itself).toHaveLength(1)
  })

  test('The scene may name its own hosts, page extensions and outcome', () => {
    const lines = [
      line({ request: 'GET /b HTTP/1.1', referer: 'http://other.example/a' }),
      line({ request: 'GET /b.pdf HTTP/1.1', referer: 'http://EXAMPLE.com:8080/a' }),
    ]
    const settings = { hosts: ['example.com'], pageExtensions: ['', 'pdf'], outcome: 'purchase' }
    const [other, own] = read(lines, settings) as [Records, Records]
    expect(other).toHaveLength(1)
    expect(own).toMatchObject([{ itemId: '/b.pdf' }, { itemId: '/a', outcome: 'purchase' }])
  })

  test.each([
    ['an image', { request: 'GET /images/a.png HTTP/1.1' }],
    ['a page that was not found', { status: '404' }],
    ['a redirect', { status: '301' }],
    ['a form that was sent', { request: 'POST /search HTTP/1.1' }],
    ['a request that is none', { request: '-', status: '408' }],
  ])('The adapter accepts %s without making a record', (_, fields) => {
    expect(read([line(fields)])).toEqual([[]])
  })

  test('Two people behind one address become two users by their agents', () => {
    const [a, b, c] = read([line(), line({ agent: 'Opera/9.80' }), line()]) as Records[]
    expect(a![0]!['userId']).toBe(c![0]!['userId'])
    expect(a![0]!['userId']).not.toBe(b![0]!['userId'])
  })

  test('No IP address reaches the lake', async () => {
    const { rows } = await takeIn([line(), line({ referer: 'http://x.example/a' })].join('\n'), {
      metadata: { [DROP_METADATA.format]: 'access-log' },
    })
    expect(rows).toHaveLength(3)
    expect(JSON.stringify(rows)).not.toContain('203.0.113.9')
  })

  test('Declared bots reach the rule that excludes them', async () => {
    const agents = [
      GOOGLEBOT,
      'curl/7.22.0',
      'Python-urllib/2.7',
      'YandexImages/3.0; +http://yandex.com/bots',
      FIREFOX,
    ]
    const { rows } = await takeIn(agents.map((agent) => line({ agent })).join('\n'), {
      metadata: { [DROP_METADATA.format]: 'access-log' },
    })
    const hour = { hourMs: 0, lane: 'first' as const, accepted: 5, cleanKeys: [], earlierKeys: [] }
    const { account } = closeHour(hour, rows)
    expect(account).toMatchObject({ kept: 1, excluded: { declared_bot: 4 } })
  })

  test.each([
    ['a line cut short', line().slice(0, -20)],
    ['the common format, without referer and agent', line().split(' "-"')[0]!],
    ['a day that is none', line({ time: '31/Feb/2026:10:05:03 +0000' })],
    ['a month that is none', line({ time: '05/Foo/2026:10:05:03 +0000' })],
    ['text', 'server started'],
  ])('The access log adapter quarantines %s', (_, bad) => {
    expect(read([bad])[0]).toMatchObject({ reason: 'bad_row' })
  })

  test('The adapter reads escaped quotes and long paths and agents', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[a-z0-9/._~-]{0,600}$/),
        fc.stringMatching(/^[ -!#-[\]-~]{0,700}$/),
        async (path, agent) => {
          const text = line({ request: `GET /${path} HTTP/1.1`, agent: `${agent}\\"quoted\\"` })
          const { manifest } = await takeIn(text, {
            metadata: { [DROP_METADATA.format]: 'access-log' },
          })
          expect(manifest).toMatchObject({ read: 1, accepted: 1, quarantined: {} })
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe.runIf(DATA !== '')('ten thousand lines of a real server', () => {
  test('All lines of a real server are accepted except one cut line', () => {
    const body = gunzipSync(readFileSync(join(DATA, 'access-logs', 'apache_combined.log.gz')))
    const made = read(body.toString().trimEnd().split('\n'))
    expect(made.flatMap((records, i) => (Array.isArray(records) ? [] : [i + 1]))).toEqual([8899])
    expect(
      made.flat().filter((record) => (record as { type?: string }).type === 'impression'),
    ).toHaveLength(3773)
  })
})
