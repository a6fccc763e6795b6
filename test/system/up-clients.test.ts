import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isoSeconds } from '../../functions/contract/time.ts'
import { readmeBlock, readmeCommands } from '../readme/blocks.ts'
import { ROOT } from '../readme/documents.ts'
import { excerptOf, shapeOf } from '../readme/excerpt.ts'
import { filled } from '../readme/files.ts'
import { bringUp, eventually, type Running } from './bring-up.ts'
import { openClients } from './up-clients.ts'

const OPERATE = join(ROOT, 'cdk', 'cli', 'operate.ts')
const PART_BYTES = 8 * 2 ** 20
const folder = mkdtempSync(join(tmpdir(), 'up-clients-'))
const run = promisify(execFile)
let running: Running
let clients: ReturnType<typeof openClients>
beforeAll(async () => {
  // A day of the world in seconds: two releases, so that there is one to go back to.
  const flags = ['--world', '--users', '150', '--items', '60', '--start', '2026-01-05']
  const options = ['--clock', '20000x', '--host', '0.0.0.0']
  running = await bringUp(join(folder, 'out'), ...options, ...flags)
  clients = openClients(running)
  await eventually(async () => ((await clients.served()) ?? 0) >= 2, 240_000)
}, 420_000)
afterAll(async () => {
  clients?.close()
  await running?.end()
  rmSync(folder, { recursive: true, force: true })
})

const eventLine = (n: number): string =>
  `${JSON.stringify({ type: 'impression', eventId: `e${n}`, timeMs: 1, userId: `u${n}`, itemId: 'i1' })}\n`

describe('The greeting', () => {
  test('The greeting names what the README shows, under the same names', () => {
    const said = running.output().replaceAll(running.url, 'http://127.0.0.1:4599')
    expect(said).toMatch(excerptOf(readmeBlock('Keep it up', 'export AWS_ENDPOINT_URL')))
  })
})

test('An allowed container finds the endpoint by its Docker host name', async () => {
  const { port } = new URL(running.url)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { host: `host.docker.internal:${port}` }
    get(running.url, { headers }, (answer) => resolve(answer.resume().statusCode)).once(
      'error',
      reject,
    )
  })
  expect(status).toBe(200)
})

describe('SDK clients', () => {
  test('Clients drop logs, multipart ones too, and find each cleaned', async () => {
    const text = eventLine(1).repeat(Math.ceil((PART_BYTES * 1.5) / eventLine(1).length))
    await clients.uploadInParts('multipart.jsonl', Buffer.from(text), PART_BYTES)
    const account = await clients.accountOf('multipart.jsonl')
    expect(account.bytes).toBe(Buffer.byteLength(text))
    expect(account.read).toBe(text.length / eventLine(1).length)
    expect(await clients.listRaw()).toContain('raw/feed/events/multipart.jsonl')
    await clients.removeRaw('multipart.jsonl')
    expect(await clients.listRaw()).not.toContain('raw/feed/events/multipart.jsonl')
  })

  test('Clients query and scan the registry', async () => {
    const { queried, scanned } = await clients.registryRows()
    expect(queried.length).toBeGreaterThan(3)
    expect(scanned.length).toBeGreaterThanOrEqual(queried.length)
  })

  test('Clients list and describe training jobs, page by page', async () => {
    const { names, described } = await clients.trainingJobs()
    expect(names.length).toBeGreaterThan(0)
    expect(described.TrainingJobStatus).toBe('Completed')
    expect(described.TrainingEndTime).toBeInstanceOf(Date)
  })

  test('Clients start an execution and read its whole history', async () => {
    const { execution, events } = await clients.startRun({
      scene: 'feed',
      tier: 'hourly',
      scheduledTime: isoSeconds(Date.UTC(2026, 0, 5, 12)),
    })
    expect(execution.status).toBe('SUCCEEDED')
    const types = events.map(({ type }) => type)
    expect(types.slice(0, 4)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
    ])
    expect(types.at(-1)).toBe('ExecutionSucceeded')
    for (const { id, previousEventId } of events) expect(previousEventId!).toBeLessThan(id!)
  })

  test('Clients inspect dead letters and redrive them to their source', async () => {
    const task = await clients.redriveNonsense()
    expect(task.Status).toBe('COMPLETED')
    expect(task.ApproximateNumberOfMessagesMoved).toBe(1)
  })

  test('Clients find stage logs by their functions and read them', async () => {
    const logged = await clients.logsOf(running.named('function intake'), '"drop taken in"')
    expect(logged.length).toBeGreaterThan(0)
    for (const message of logged) expect(message).toContain('drop taken in')
  })

  test('Clients receive the error codes of the real services', async () => {
    expect(await clients.errors()).toEqual({
      'a bucket that is not': ['NoSuchBucket', 404],
      'a key that is not': ['NoSuchKey', 404],
      'a table that is not': ['ResourceNotFoundException', 400],
      'an operation of DynamoDB that is not here': ['UnknownOperationException', 400],
      'a job that is not': ['ValidationException', 400],
      'a state machine that is not': ['StateMachineDoesNotExist', 400],
      'an input that is no JSON': ['InvalidExecutionInput', 400],
      'a queue that is not': ['QueueDoesNotExist', 400],
      'an operation of SQS that is not here': ['UnsupportedOperation', 400],
      'a redrive of what is no dead-letter queue': ['InvalidParameterValue', 400],
      'a function that is not': ['ResourceNotFoundException', 404],
      'a log group that is not': ['ResourceNotFoundException', 400],
      'an operation of the logs that is not here': ['UnknownOperationException', 400],
    })
  })

  test('Clients return to an earlier release with npm run rollback', async () => {
    const flags = ['rollback', '--scene', 'feed', '--reason', 'a test']
    const env = running.environment()
    const ask = (): Promise<{ stdout: string }> =>
      run(process.execPath, [OPERATE, ...flags], { env })
    // The world runs on: a release that comes between is answered by a sentence that says to ask again.
    const { stdout } = await ask().catch((error: Error) =>
      error.message.includes('look, then ask again') ? ask() : Promise.reject(error),
    )
    expect(shapeOf(stdout)).toBe(shapeOf(readmeBlock('Keep it up', 'is served again')))
  })
})

const hasCommandLine = (process.env['PATH'] ?? '').split(delimiter).some((path) => {
  try {
    return readFileSync(join(path, 'aws')).length > 0
  } catch {
    return false
  }
})

describe.skipIf(!hasCommandLine)('The AWS command line', () => {
  async function aws(...words: string[]): Promise<string> {
    const { stdout } = await run('aws', ['--endpoint-url', running.url, ...words], {
      env: { ...running.environment(), AWS_PAGER: '' },
      maxBuffer: 2 ** 26,
    })
    return stdout
  }
  const json = async (...words: string[]) => JSON.parse(await aws(...words, '--output', 'json'))
  const raw = (): string => `s3://${running.named('bucket', /raw/)}/raw/feed/events/`

  test('The AWS command line copies, lists and removes logs, multipart included', async () => {
    const large = join(folder, 'large.jsonl')
    writeFileSync(large, eventLine(2).repeat(Math.ceil((2.2 * PART_BYTES) / eventLine(2).length)))
    await aws('s3', 'cp', large, `${raw()}cli-large.jsonl`, '--no-progress')
    const account = await clients.accountOf('cli-large.jsonl')
    expect(account.bytes).toBe(readFileSync(large).length)
    await aws('s3', 'cp', `${raw()}cli-large.jsonl`, join(folder, 'back.jsonl'), '--no-progress')
    expect(readFileSync(join(folder, 'back.jsonl')).equals(readFileSync(large))).toBe(true)

    expect(await aws('s3', 'ls', `${raw()}cli-`)).toMatch(/cli-large\.jsonl\n/)
    await aws('s3', 'rm', `${raw()}cli-large.jsonl`)
    // It ends with 1 where nothing is listed.
    await expect(aws('s3', 'ls', `${raw()}cli-`)).rejects.toThrow()
  }, 420_000)

  const commands = readmeCommands('Keep it up', 'aws')
  /** Runs the README's command that does this, `<…>` filled in, and answers with what it prints. */
  async function asShown(operation: string, given: Readonly<Record<string, string>> = {}) {
    const found = commands.filter(({ words }) => words.includes(operation))
    expect(found, operation).toHaveLength(1)
    const words = filled(found[0]!.words, given).slice(1)
    const { stdout } = await run(
      'aws',
      [
        ...words.map((word) => word.replace('$AWS_ENDPOINT_URL', running.url)),
        ...(words.includes('s3') ? ['--no-progress'] : ['--output', 'json']),
      ],
      { cwd: folder, env: { ...running.environment(), AWS_PAGER: '' }, maxBuffer: 2 ** 26 },
    )
    shown.add(operation)
    return stdout.startsWith('{') ? JSON.parse(stdout) : stdout
  }
  const shown = new Set<string>()

  test('The AWS command line drops logs and inspects resources as documented', async () => {
    mkdirSync(join(folder, 'logs'))
    for (const n of [1, 2, 3]) writeFileSync(join(folder, 'logs', `shown-${n}.jsonl`), eventLine(n))
    await asShown('sync', { '<bucket raw>': running.named('bucket', /raw/) })
    for (const n of [1, 2, 3]) expect((await clients.accountOf(`shown-${n}.jsonl`)).read).toBe(1)

    const rows = await asShown('query', { '<table Registry>': running.named('table', /Registry/) })
    expect(rows.Items.length).toBeGreaterThan(3)
    const jobs = (await asShown('list-training-jobs')).TrainingJobSummaries
    const { TrainingJobName: name } = jobs[0]
    const job = await json('sagemaker', 'describe-training-job', '--training-job-name', name)
    expect(job.TrainingJobName).toBe(name)
    const machine = running.named('state machine', /Run/)
    const machines = await json('stepfunctions', 'list-state-machines')
    expect(machines.stateMachines.map((each: { name: string }) => each.name)).toContain(
      machine.split(':').at(-1),
    )
    const listed = await asShown('list-executions', { '<state machine>': machine })
    const arn = listed.executions.at(-1).executionArn
    expect(
      (await json('stepfunctions', 'describe-execution', '--execution-arn', arn)).input,
    ).toContain('feed')
    const told = await asShown('get-execution-history', { '<execution>': arn })
    expect(told.events[0].type).toBe('ExecutionStarted')
    const functions = (await json('lambda', 'list-functions')).Functions
    const intake = functions.find(
      ({ FunctionName }: { FunctionName: string }) =>
        FunctionName === running.named('function intake'),
    )
    const group = intake.LoggingConfig.LogGroup
    const groups = (await json('logs', 'describe-log-groups')).logGroups
    expect(groups.map((each: { logGroupName: string }) => each.logGroupName)).toContain(group)
    // The message that no function of intake could read, above.
    const lines = await asShown('filter-log-events', { '<log group>': group })
    expect(lines.events.length).toBeGreaterThan(0)
    for (const { message } of lines.events) expect(message).toContain('ERROR')
  }, 420_000)

  test('The AWS command line invokes, starts executions and redrives dead letters', async () => {
    cpSync(join(ROOT, 'test', 'events'), join(folder, 'test', 'events'), { recursive: true })
    const report = { '<function report>': running.named('function report') }
    expect(await asShown('invoke', report)).toHaveProperty('StatusCode', 200)
    expect(readFileSync(join(folder, 'answer.json'), 'utf8')).toContain('"key":')
    const machine = ['--state-machine-arn', running.named('state machine', /Run/)]
    const input = JSON.stringify({
      scene: 'feed',
      tier: 'hourly',
      scheduledTime: '2026-01-03T00:05:00Z',
    })
    const begun = await json('stepfunctions', 'start-execution', ...machine, '--input', input)
    expect(begun.executionArn).toContain(':execution:')
    const queues = (await json('sqs', 'list-queues')).QueueUrls as string[]
    const dead = queues.find((url) => url.includes('FailedDrops'))!
    const looked = await json(
      'sqs',
      'get-queue-attributes',
      '--queue-url',
      dead,
      '--attribute-names',
      'All',
    )
    await asShown('receive-message', { '<FailedDrops URL>': dead })
    const { QueueArn } = looked.Attributes
    const drops = QueueArn.replace(/[^:]+$/, running.named('queue', /IntakeDrops/))
    const moved = await asShown('start-message-move-task', {
      '<FailedDrops ARN>': QueueArn,
      '<Drops ARN>': drops,
    })
    expect(moved.TaskHandle).toMatch(/-/)
    expect(
      (await json('sqs', 'list-message-move-tasks', '--source-arn', QueueArn)).Results[0].Status,
    ).toBe('COMPLETED')
  }, 420_000)

  test('The tests run every AWS command that the README shows', () => {
    expect(shown.size).toBe(commands.length)
  })

  test('The AWS command line gets a sentence about unsupported services', async () => {
    const refused = await aws('kms', 'list-keys').catch(({ stderr }) => String(stderr).trim())
    expect(`${refused}\n`).toMatch(excerptOf(readmeBlock('Keep it up', 'NotImplemented')))
    await expect(aws('sqs', 'create-queue', '--queue-name', 'mine')).rejects.toThrow(
      /the local cloud has no sqs:CreateQueue/,
    )
  })
})
