import type { Draws } from '../../../cdk/cli/world/draws.ts'
import { hex, iso, jsonLines, lines, stamp, table, timesOf, traffic } from './traffic.ts'
import { type LabelledLog, ofFormat } from './truth.ts'
import { addressOf, agentOf, pathOf, refererOf } from './visitors.ts'

/** Logs of web servers. */

export function cloudFront(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const rows = visits.map(({ user, item, timeMs }, i) => {
    const [date, time] = stamp(timeMs).split(' ') as [string, string]
    const agent = encodeURI(agentOf(user))
    return [
      ...[date, time, draws.pick(['LAX1', 'CDG50-C1']), 900 + draws.below(9000)],
      ...[addressOf(user), 'GET', 'd111111abcdef8.cloudfront.net', pathOf(item), 200],
      ...[refererOf(draws), agent, '-', '-', draws.pick(['Hit', 'Miss'])],
      ...[hex(90_000 + i, 20), 'shop.example', 'https', 300 + draws.below(90)],
      (draws.below(900) / 1000).toFixed(3),
    ]
  })
  const fields = [
    ...['date', 'time', 'x-edge-location', 'sc-bytes', 'c-ip', 'cs-method', 'cs(Host)'],
    ...['cs-uri-stem', 'sc-status', 'cs(Referer)', 'cs(User-Agent)', 'cs-uri-query'],
    ...['cs(Cookie)', 'x-edge-result-type', 'x-edge-request-id', 'x-host-header'],
    ...['cs-protocol', 'cs-bytes', 'time-taken'],
  ]
  return {
    file: 'E2EXAMPLE.2024-03-04-00.a1b2c3d4',
    body: `#Version: 1.0\n#Fields: ${fields.join(' ')}\n${table(null, rows, '\t')}`,
    truth: {
      kind: 'mapping',
      formats: ['access-log'],
      time: ['date+time'],
      timesMs: timesOf(visits),
      user: ['c-ip', 'c-ip+cs(User-Agent)'],
      item: ['cs-uri-stem'],
      readings: [{ everyRow: '*' }],
      others: { eventId: ['x-edge-request-id'], request: ['x-edge-request-id'] },
    },
  }
}

export function alb(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const text = visits.map(({ user, item, timeMs }, i) => {
    const at = iso(timeMs).replace('.000Z', `.${String(draws.below(1_000_000)).padStart(6, '0')}Z`)
    return [
      ...['https', at, 'app/shop/50dc6c495c0c9188', `${addressOf(user)}:${2000 + (i % 900)}`],
      ...['10.0.0.1:80', '0.000', '0.003', '0.000', '200', '200', '310', `${900 + item}`],
      ...[`"GET https://shop.example:443${pathOf(item)} HTTP/1.1"`, `"${agentOf(user)}"`],
      ...['ECDHE-RSA-AES128-GCM-SHA256', 'TLSv1.2'],
      'arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067',
      ...[`"Root=1-${hex(i, 8)}-${hex(i + 7, 24)}"`, '"shop.example"', '"arn:aws:acm:x"', '0'],
      ...[at, '"forward"', '"-"', '"-"', '"10.0.0.1:80"', '"200"', '"-"', '"-"'],
    ].join(' ')
  })
  return {
    file: '123456789012_elasticloadbalancing_us-east-2_app.shop.50dc6c495c0c9188.log',
    body: lines(text),
    truth: ofFormat('access-log'),
  }
}

export function combined(draws: Draws): LabelledLog {
  const text = traffic(draws).map(({ user, item, timeMs }) => {
    const at = `${iso(timeMs).slice(8, 10)}/Mar/2024:${iso(timeMs).slice(11, 19)} +0000`
    const request = `"GET ${pathOf(item)} HTTP/1.1" 200 ${900 + draws.below(900)}`
    return `${addressOf(user)} - - [${at}] ${request} "${refererOf(draws)}" "${agentOf(user)}"`
  })
  return {
    file: 'access.log',
    body: lines(text),
    truth: ofFormat('access-log'),
  }
}

export function nginxJson(draws: Draws): LabelledLog {
  const visits = traffic(draws)
  const records = visits.map(({ user, item, timeMs }, i) => ({
    time_iso8601: iso(timeMs).replace('.000Z', '+00:00'),
    remote_addr: addressOf(user),
    request_id: hex(40_000 + i, 32),
    request_method: 'GET',
    request_uri: pathOf(item),
    status: draws.pick([200, 200, 200, 304]),
    body_bytes_sent: 500 + draws.below(9000),
    request_time: draws.below(300) / 1000,
    http_referrer: refererOf(draws),
    http_user_agent: agentOf(user),
  }))
  return {
    file: 'nginx-access.json',
    body: jsonLines(records),
    truth: {
      kind: 'mapping',
      time: ['time_iso8601'],
      timesMs: timesOf(visits),
      user: ['remote_addr', 'remote_addr+http_user_agent'],
      item: ['request_uri'],
      readings: [{ everyRow: '*' }],
      others: { eventId: ['request_id'], request: ['request_id'] },
    },
  }
}
