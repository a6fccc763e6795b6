import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { DAY0_MS } from '../make/events.ts'
import { takeIn } from './take-in.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'
const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148'

const takeLog = async (lines: readonly string[]) => {
  const { manifest, rows, setAside } = await takeIn(lines.join('\n'), {
    key: 'raw/feed/events/a.log',
    metadata: { [DROP_METADATA.format]: 'access-log' },
  })
  const events = rows.sort((a, b) => a.row - b.row)
  const said = events.map(({ type, item, outcome, timeMs }) => [
    type === 'impression' ? item : `${item} ${outcome}`,
    timeMs - DAY0_MS,
  ])
  return { manifest, events, said, setAside }
}

describe('CloudFront logs', () => {
  const FIELDS = [
    ...['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs(Host)'],
    ...['cs-uri-stem', 'sc-status', 'cs(Referer)', 'cs(User-Agent)', 'cs-uri-query'],
  ]
  const HEAD = ['#Version: 1.0', `#Fields: ${FIELDS.join(' ')}`]
  const row = (fields: Record<string, string> = {}, names: readonly string[] = FIELDS): string => {
    const cells: Record<string, string> = {
      date: '2026-01-05',
      time: '00:01:02',
      'x-edge-location': 'CDG50-C1',
      'sc-bytes': '4711',
      'c-ip': '2001:db8::9',
      'cs-method': 'GET',
      'cs(Host)': 'd111111abcdef8.cloudfront.net',
      'cs-uri-stem': '/p/caf%C3%A9.html',
      'sc-status': '200',
      'cs(Referer)': '-',
      'cs(User-Agent)': encodeURI(FIREFOX),
      'cs-uri-query': 'a=1',
      ...fields,
    }
    return names.map((name) => cells[name]).join('\t')
  }

  test('A CloudFront log is read by the names of its fields', async () => {
    const { manifest, events, said } = await takeLog([
      ...HEAD,
      row(),
      row({
        time: '00:02:00',
        'cs-uri-stem': '/b',
        'cs(Referer)': 'https://shop.example/p/caf%C3%A9.html?x=1',
      }),
    ])
    expect(manifest).toMatchObject({ read: 2, accepted: 2, events: 3, quarantined: {} })
    expect(said).toEqual([
      ['/p/caf%C3%A9.html', 62_000],
      ['/b', 120_000],
      ['/p/caf%C3%A9.html click', 120_000],
    ])
    expect(new Set(events.map(({ user }) => user)).size).toBe(1)
    expect(JSON.parse(events[0]!.context!)).toMatchObject({ agent: FIREFOX, device: 'desktop' })
  })

  test('Each address and agent is one visitor, however the agent is encoded', async () => {
    const { events } = await takeLog([
      ...HEAD,
      row(),
      row({ 'cs(User-Agent)': encodeURI(encodeURI(FIREFOX)) }),
      row({ 'cs(User-Agent)': encodeURI(PHONE) }),
      row({ 'c-ip': '203.0.113.9' }),
    ])
    const [first, twice, phone, other] = events.map(({ user }) => user)
    expect(twice).toBe(first)
    expect(new Set([first, phone, other]).size).toBe(3)
    expect(JSON.parse(events[2]!.context!)).toMatchObject({ agent: PHONE, device: 'phone' })
  })

  test('Each fields line sets the order of the fields that follow it', async () => {
    const reversed = FIELDS.toReversed()
    const { said, manifest } = await takeLog([
      ...HEAD,
      row(),
      `#Fields: ${reversed.join(' ')}`,
      row({ 'cs-uri-stem': '/b' }, reversed),
    ])
    expect(said).toEqual([
      ['/p/caf%C3%A9.html', 62_000],
      ['/b', 62_000],
    ])
    expect(manifest).toMatchObject({ read: 2, accepted: 2 })
  })

  test('CloudFront requests that served no page make no events', async () => {
    const { manifest } = await takeLog([
      ...HEAD,
      row({ 'sc-status': '404' }),
      row({ 'sc-status': '000' }),
      row({ 'cs-method': 'POST' }),
      row({ 'cs-uri-stem': '/a.css' }),
    ])
    expect(manifest).toMatchObject({ read: 4, accepted: 4, events: 0, quarantined: {} })
  })

  test('An unreadable CloudFront line is quarantined with its reason and line number', async () => {
    const without = FIELDS.filter((name) => name !== 'c-ip')
    const { manifest, setAside } = await takeLog([
      row(),
      ...HEAD,
      row({ date: '2026-02-30' }),
      row().slice(0, 40),
      `#Fields: ${without.join(' ')}`,
      row({}, without),
    ])
    expect(manifest).toMatchObject({ read: 4, accepted: 0, quarantined: { bad_row: 4 } })
    expect(setAside.map(({ line, detail }) => [line, detail])).toEqual([
      [1, expect.stringContaining('expected the combined log format')],
      [4, 'date and time: got no valid date and time'],
      [5, 'got 5 cells, expected 12'],
      [7, 'the line #Fields: lacks the fields c-ip'],
    ])
  })
})

describe('Load balancer logs', () => {
  const line = (
    fields: Partial<Record<'client' | 'time' | 'request' | 'status' | 'agent' | 'type', string>>,
  ) => {
    const {
      type = 'h2',
      client = '203.0.113.9:2817',
      time = '2026-01-05T00:01:02.186641Z',
      request = 'GET https://shop.example:443/p/1.html?a=1 HTTP/2.0',
      status = '200',
      agent = FIREFOX,
    } = fields
    return `${type} ${time} app/shop/50dc6c495c0c9188 ${client} 10.0.0.1:80 0.000 0.001 0.000 ${status} 200 34 366 "${request}" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "shop.example" "-" 0 2026-01-05T00:01:01.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`
  }

  test('A load balancer log is read as pages shown to visitors', async () => {
    const { manifest, events, said } = await takeLog([
      line({}),
      line({ type: 'https', client: '203.0.113.9:9999', time: '2026-01-05T00:01:05.000000Z' }),
      line({ client: '2001:db8::9:2817', request: 'GET http://shop.example:80/ HTTP/1.1' }),
    ])
    expect(manifest).toMatchObject({ read: 3, accepted: 3, quarantined: {} })
    expect(said).toEqual([
      ['/p/1.html', 62_186],
      ['/p/1.html', 65_000],
      ['/', 62_186],
    ])
    const [first, otherPort, otherAddress] = events.map(({ user }) => user)
    expect(otherPort).toBe(first)
    expect(otherAddress).not.toBe(first)
  })

  test('Unanswered or invalid load balancer requests make no events', async () => {
    const { manifest } = await takeLog([
      line({ status: '502' }),
      line({ status: '-' }),
      line({ request: '- http://shop.example:80- -' }),
    ])
    expect(manifest).toMatchObject({ read: 3, accepted: 3, events: 0 })
  })

  test('A cut load balancer line or an invalid time is quarantined', async () => {
    const { manifest } = await takeLog([
      line({}).slice(0, 150),
      line({ time: '2026-13-05T00:01:02.186641Z' }),
    ])
    expect(manifest).toMatchObject({ read: 2, quarantined: { bad_row: 2 } })
  })
})
