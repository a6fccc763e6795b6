import { type Authorize, allowAll } from '../authorize.ts'
import { jsonService, type Operation, ServiceError } from '../json-service.ts'
import { pageOf } from '../paging.ts'
import { ACCOUNT, REGION, type Service } from '../ports.ts'
import { compileFilter } from './filter.ts'
import type { LogLine, LogLines } from './lines.ts'

type Input = Record<string, unknown>

const PAGE = 50
const MAX_EVENTS = 10_000
const arnOf = (group: string): string => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}`
const bytesOf = (lines: readonly LogLine[]): number =>
  lines.reduce((sum, { message }) => sum + message.length + 26, 0)

/** By name, or by ARN with or without its last `:*`. */
function groupOf(input: Input): string {
  const given = String(input['logGroupIdentifier'] ?? input['logGroupName'] ?? '')
  return given.replace(/^arn:[^:]+:logs:[^:]+:\d+:log-group:/, '').replace(/:\*$/, '')
}
function between({ timeMs }: LogLine, input: Input): boolean {
  const from = Number(input['startTime'] ?? 0)
  const through = Number(input['endTime'] ?? Number.POSITIVE_INFINITY)
  return timeMs >= from && timeMs <= through
}
const eventOf = ({ timeMs, message }: LogLine) => ({
  timestamp: timeMs,
  message,
  ingestionTime: timeMs,
})

/** A direction and a line: `f/<id>` is what comes from that line on, `b/<id>` what stands before it. */
function readPlace(token: unknown): { isForward: boolean; id: number } | null {
  if (token === undefined || token === null) return null
  const match = /^([fb])\/(\d+)$/.exec(String(token))
  if (!match)
    throw new ServiceError('InvalidParameterException', 'The specified nextToken is invalid.')
  return { isForward: match[1] === 'f', id: Number(match[2]) }
}

function getEvents(lines: readonly LogLine[], input: Input) {
  const stream = String(input['logStreamName'])
  const limit = Math.min(MAX_EVENTS, Number(input['limit'] ?? MAX_EVENTS))
  const matching = lines.filter((line) => line.stream === stream && between(line, input))
  const place = readPlace(input['nextToken'])
  const isForward = place?.isForward ?? input['startFromHead'] === true
  const standing = matching.filter(
    ({ id }) => place === null || (isForward ? id >= place.id : id < place.id),
  )
  const events = isForward ? standing.slice(0, limit) : standing.slice(-limit)
  const first = events[0]?.id ?? place?.id ?? 0
  const next = events.length > 0 ? events.at(-1)!.id + 1 : (place?.id ?? 0)
  return {
    events: events.map(eventOf),
    nextForwardToken: `f/${next}`,
    nextBackwardToken: `b/${first}`,
  }
}

function filterEvents(lines: readonly LogLine[], input: Input) {
  const isWanted = compileFilter(String(input['filterPattern'] ?? ''))
  const streams = input['logStreamNames'] as string[] | undefined
  const prefix = String(input['logStreamNamePrefix'] ?? '')
  const matching = lines.filter(
    (line) =>
      between(line, input) &&
      (streams?.includes(line.stream) ?? line.stream.startsWith(prefix)) &&
      isWanted(line.message),
  )
  const { items, nextToken } = pageOf(matching, input['limit'], input['nextToken'])
  return {
    events: items.map((line) => ({
      logStreamName: line.stream,
      ...eventOf(line),
      eventId: String(line.id).padStart(56, '0'),
    })),
    searchedLogStreams: [],
    ...(nextToken === null ? {} : { nextToken }),
  }
}

function describeStreams(group: string, lines: readonly LogLine[], input: Input) {
  const prefix = String(input['logStreamNamePrefix'] ?? '')
  const byStream = Map.groupBy(lines, ({ stream }) => stream)
  const streams = [...byStream]
    .filter(([stream]) => stream.startsWith(prefix))
    .sort(([a, linesOfA], [b, linesOfB]) =>
      input['orderBy'] === 'LastEventTime'
        ? linesOfA.at(-1)!.id - linesOfB.at(-1)!.id
        : a < b
          ? -1
          : 1,
    )
    .map(([stream, own]) => ({
      logStreamName: stream,
      creationTime: own[0]!.timeMs,
      firstEventTimestamp: own[0]!.timeMs,
      lastEventTimestamp: own.at(-1)!.timeMs,
      lastIngestionTime: own.at(-1)!.timeMs,
      arn: `${arnOf(group)}:log-stream:${stream}`,
      storedBytes: 0,
    }))
  const ordered = input['descending'] === true ? streams.reverse() : streams
  const { items, nextToken } = pageOf(ordered, input['limit'] ?? PAGE, input['nextToken'])
  return { logStreams: items, ...(nextToken === null ? {} : { nextToken }) }
}

/** CloudWatch Logs, to read: what the functions and training jobs printed since this cloud came up. */
export function logsService(lines: LogLines, authorize: Authorize = allowAll): Service {
  const onGroup =
    (
      action: string,
      run: (own: readonly LogLine[], input: Input, group: string) => unknown,
    ): Operation =>
    (input, caller) => {
      const group = groupOf(input)
      const { allowed, reason } = authorize(caller, `logs:${action}`, `${arnOf(group)}:*`)
      if (!allowed) throw new ServiceError('AccessDeniedException', reason)
      const own = lines.of(group)
      if (!own)
        throw new ServiceError(
          'ResourceNotFoundException',
          'The specified log group does not exist.',
        )
      return run(own, input, group)
    }
  return jsonService('logs', {
    DescribeLogGroups(input, caller) {
      const { allowed, reason } = authorize(caller, 'logs:DescribeLogGroups', `${arnOf('*')}`)
      if (!allowed) throw new ServiceError('AccessDeniedException', reason)
      const prefix = String(input['logGroupNamePrefix'] ?? '')
      const pattern = String(input['logGroupNamePattern'] ?? '')
      const names = lines
        .groups()
        .filter((name) => name.startsWith(prefix) && name.includes(pattern))
      const { items, nextToken } = pageOf(names, input['limit'] ?? PAGE, input['nextToken'])
      const logGroups = items.map((name) => ({
        logGroupName: name,
        creationTime: 0,
        arn: `${arnOf(name)}:*`,
        logGroupArn: arnOf(name),
        storedBytes: bytesOf(lines.of(name)!),
      }))
      return { logGroups, ...(nextToken === null ? {} : { nextToken }) }
    },
    DescribeLogStreams: onGroup('DescribeLogStreams', (own, input, group) =>
      describeStreams(group, own, input),
    ),
    GetLogEvents: onGroup('GetLogEvents', getEvents),
    FilterLogEvents: onGroup('FilterLogEvents', filterEvents),
  })
}
