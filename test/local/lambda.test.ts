import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock, type VirtualClock } from '../../cdk/local/clock.ts'
import type { LostDelivery } from '../../cdk/local/event-bus/delivery.ts'
import {
  createFunctionPool,
  type FunctionPool,
  type FunctionPoolOptions,
} from '../../cdk/local/lambda/function-pool.ts'
import type { FunctionDeclaration } from '../../cdk/local/ports.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures', 'lambda')
const START_MS = Date.UTC(2026, 0, 5)
const declare = (over: Partial<FunctionDeclaration> = {}): FunctionDeclaration => ({
  name: 'Probe',
  stage: 'probe',
  directory: join(FIXTURES, 'probe'),
  handler: 'index.handler',
  environment: { LAKE_BUCKET: 'lake' },
  timeoutSeconds: 5,
  memoryMiB: 512,
  concurrency: null,
  role: 'ProbeRole',
  ...over,
})

const folder = mkdtempSync(join(tmpdir(), 'functions-'))
afterAll(() => rmSync(folder, { recursive: true }))
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

function openPool(
  declarations: FunctionDeclaration[] = [declare()],
  over: Partial<FunctionPoolOptions> = {},
) {
  const activity = createActivity()
  const clock = createClock(START_MS, activity)
  const used: { stage: string; seconds: number; failed: boolean; residentBytes: number }[] = []
  const lost: LostDelivery[] = []
  const pool = createFunctionPool({
    declarations,
    endpointUrl: 'http://127.0.0.1:9',
    clock,
    activity,
    usage: {
      invocation: (stage, seconds, failed) =>
        used.push({ stage, seconds, failed, residentBytes: 0 }),
      memory: (_stage, residentBytes) => {
        used.at(-1)!.residentBytes = residentBytes
      },
      request: () => {},
    },
    logDirectory: join(folder, 'logs'),
    temporaryDirectory: join(folder, 'tmp'),
    credentials: (name) => ({
      accessKeyId: `KEY${name}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
    }),
    onLost: (each) => lost.push(each),
    ...over,
  })
  open.push(pool)
  return { pool, activity, clock, used, lost }
}
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a function', () => {
  test('gets its event and answers with what the handler returns', async () => {
    const { pool } = openPool()
    const value = { text: 'naïve ☂', list: [1, null, { deep: true }] }
    expect(await pool.invoke('Probe', { do: 'echo', value })).toEqual({
      payload: value,
      functionError: null,
    })
    expect(await pool.invoke('Probe', { do: 'nothing' })).toEqual({
      payload: null,
      functionError: null,
    })
  })

  test('sees its declared environment, what Lambda adds, and nothing of the parent', async () => {
    process.env['LEAKED_FROM_PARENT'] = 'yes'
    const { pool } = openPool()
    const { payload } = await pool.invoke('Probe', { do: 'environment' })
    delete process.env['LEAKED_FROM_PARENT']
    const environment = payload as Record<string, string>
    expect(Object.keys(environment).sort()).toEqual(
      [
        'AWS_ACCESS_KEY_ID',
        'AWS_DEFAULT_REGION',
        'AWS_ENDPOINT_URL',
        'AWS_EXECUTION_ENV',
        'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
        'AWS_LAMBDA_FUNCTION_NAME',
        'AWS_LAMBDA_FUNCTION_VERSION',
        'AWS_LAMBDA_INITIALIZATION_TYPE',
        'AWS_LAMBDA_LOG_GROUP_NAME',
        'AWS_LAMBDA_LOG_STREAM_NAME',
        'AWS_LAMBDA_RUNTIME_API',
        'AWS_REGION',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'HOME',
        'LAKE_BUCKET',
        'LAMBDA_TASK_ROOT',
        'LANG',
        'PATH',
        'TMPDIR',
        'TZ',
        '_HANDLER',
        '_X_AMZN_TRACE_ID',
      ].sort(),
    )
    expect(environment).toMatchObject({
      LAKE_BUCKET: 'lake',
      AWS_ACCESS_KEY_ID: 'KEYProbe',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_REGION: 'us-east-1',
    })
    expect(existsSync(environment['TMPDIR']!)).toBe(true)
    await pool.close()
    expect(existsSync(environment['TMPDIR']!)).toBe(false)
  })

  test('runs in the folder of its asset', async () => {
    // The assembly may be named relative to where the cloud was started.
    const directory = relative(process.cwd(), join(FIXTURES, 'probe'))
    const { pool } = openPool([declare({ directory })])
    const { payload } = await pool.invoke('Probe', { do: 'place' })
    expect(payload).toMatchObject({ folder: join(FIXTURES, 'probe'), beside: { scenes: {} } })
  })

  test('gets the context that AWS documents, with a request id that a second run repeats', async () => {
    const ids = []
    for (let run = 0; run < 2; run++) {
      const { pool } = openPool()
      const { payload } = await pool.invoke('Probe', { do: 'context' })
      expect(payload).toMatchObject({
        functionName: 'Probe',
        memoryLimitInMB: '512',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Probe',
        logGroupName: '/aws/lambda/Probe',
      })
      const { remainingMs, awsRequestId } = payload as { remainingMs: number; awsRequestId: string }
      expect(remainingMs).toBeGreaterThan(3000)
      expect(remainingMs).toBeLessThanOrEqual(5000)
      ids.push(awsRequestId)
    }
    expect(ids[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(ids[1]).toBe(ids[0])
  })

  test('may be a CommonJS module', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'cjs') })])
    expect((await pool.invoke('Probe', {})).payload).toBe('from CommonJS')
  })

  test('that throws answers with the type, message and trace of its error, and lives on', async () => {
    const { pool, used } = openPool()
    const { payload: before } = await pool.invoke('Probe', { do: 'sleep', ms: 0 })
    const { payload, functionError } = await pool.invoke('Probe', {
      do: 'throw',
      message: 'no row',
    })
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({ errorType: 'RangeError', errorMessage: 'no row' })
    expect((payload as { trace: string[] }).trace[0]).toBe('RangeError: no row')
    expect((await pool.invoke('Probe', { do: 'sleep', ms: 0 })).payload).toBe(before)
    expect(used.map(({ failed }) => failed)).toEqual([false, true, false])
  })

  test('that cannot be loaded answers with what it threw', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'broken') })])
    const { payload, functionError } = await pool.invoke('Probe', {})
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({ errorMessage: 'the table of contents is missing' })
  })

  test('whose asset is not there answers with what the system said', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'nowhere') })])
    const { payload, functionError } = await pool.invoke('Probe', {})
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining('ENOENT'),
    })
  })

  test('that does not exist, or that waits for a callback, is refused by name', async () => {
    const { pool } = openPool([
      declare({ handler: 'index.absent' }),
      declare({ name: 'Old', handler: 'index.callback' }),
    ])
    expect((await pool.invoke('Probe', {})).payload).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
    })
    expect((await pool.invoke('Old', {})).payload).toMatchObject({
      errorType: 'Runtime.CallbackHandlerDeprecated',
    })
    await expect(pool.invoke('Nobody', {})).rejects.toThrow(
      'no function "Nobody": the templates declare Probe, Old',
    )
  })
})

describe('a limit', () => {
  test('of time kills the process and says so', async () => {
    const { pool } = openPool([declare({ timeoutSeconds: 1 })])
    const { payload: pid } = await pool.invoke('Probe', { do: 'sleep', ms: 0 })
    const { payload, functionError } = await pool.invoke('Probe', { do: 'sleep', ms: 60_000 })
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    })
    expect(isRunning(pid as number)).toBe(false)
    expect((await pool.invoke('Probe', { do: 'echo', value: 1 })).payload).toBe(1)
  })

  test('of memory kills a process that holds more outside its heap', async () => {
    const { pool, used } = openPool([declare({ memoryMiB: 160 })])
    expect((await pool.invoke('Probe', { do: 'hoard', mebibytes: 8 })).payload).toBe(8)
    const { payload } = await pool.invoke('Probe', { do: 'hoard', mebibytes: 200 })
    expect(payload).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/),
    })
    const kept = await pool.invoke('Probe', { do: 'hoard', mebibytes: 200, ms: 60_000 })
    expect(kept.payload).toMatchObject({ errorMessage: expect.stringMatching(/killed$/) })
    expect(used[0]!.residentBytes).toBeGreaterThan(8 * 1024 * 1024)
    expect(used[1]!.residentBytes).toBeGreaterThan(160 * 1024 * 1024)
  })

  test('of payloads holds for the request and for the answer', async () => {
    const { pool } = openPool()
    const bytes = 6 * 1024 * 1024
    await expect(pool.invoke('Probe', 'x'.repeat(bytes))).rejects.toThrow(
      `${bytes + 2} bytes for Probe: a request holds at most ${bytes} bytes`,
    )
    expect((await pool.invoke('Probe', { do: 'fill', bytes: bytes - 2 })).functionError).toBeNull()
    expect((await pool.invoke('Probe', { do: 'fill', bytes })).payload).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    })
  })
})

describe('a process', () => {
  test('that exits or leaves a rejection unhandled is an unhandled error, and is replaced', async () => {
    const { pool } = openPool()
    const exit = (await pool.invoke('Probe', { do: 'exit', code: 3 })).payload
    expect(exit).toMatchObject({ errorMessage: expect.stringMatching(/exit status 3$/) })
    const rejection = (await pool.invoke('Probe', { do: 'reject' })).payload
    expect(rejection).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'nobody awaits this',
    })
    expect((await pool.invoke('Probe', { do: 'echo', value: 'again' })).payload).toBe('again')
  })

  test('is used again when it is idle, and joined by others when invocations overlap', async () => {
    const { pool } = openPool([declare()], { maxProcesses: 3 })
    const sleep = (ms: number) => pool.invoke('Probe', { do: 'sleep', ms })
    const first = (await sleep(0)).payload
    expect((await sleep(0)).payload).toBe(first)
    const overlapping = await Promise.all([sleep(150), sleep(150), sleep(150)])
    expect(new Set(overlapping.map(({ payload }) => payload)).size).toBe(3)
  })

  test('works alone where its function reserves a concurrency of one', async () => {
    const { pool } = openPool([declare({ concurrency: 1 })], { maxProcesses: 4 })
    const pids = await Promise.all(
      [1, 2, 3].map(() => pool.invoke('Probe', { do: 'sleep', ms: 20 })),
    )
    expect(new Set(pids.map(({ payload }) => payload)).size).toBe(1)
  })

  test('that has been idle longest makes room, and is gone', async () => {
    const names = ['A', 'B', 'C']
    const { pool } = openPool(
      names.map((name) => declare({ name })),
      { maxProcesses: 1, maxIdleProcesses: 1 },
    )
    const pids: number[] = []
    for (const name of names)
      pids.push((await pool.invoke(name, { do: 'sleep', ms: 0 })).payload as number)
    await expect.poll(() => pids.map(isRunning)).toEqual([false, true, true])
  })

  test('is not left behind when the pool closes, nor is an invocation left waiting', async () => {
    let said = ''
    const { pool, activity } = openPool([declare()], {
      maxProcesses: 1,
      printed: (_declaration, _process, chunk) => {
        said += chunk
      },
    })
    const pid = (await pool.invoke('Probe', { do: 'sleep', ms: 0 })).payload as number
    const { payload } = await pool.invoke('Probe', { do: 'environment' })
    const port = `http://${(payload as Record<string, string>)['AWS_LAMBDA_RUNTIME_API']}`
    expect((await fetch(port)).status).toBe(404)
    const running = pool.invoke('Probe', { do: 'sleep', ms: 60_000, text: 'asleep' })
    const queued = pool.invoke('Probe', { do: 'echo', value: 1 })
    await expect.poll(() => said).toContain('asleep')
    const refused = expect(queued).rejects.toThrow('the function pool was closed')
    await pool.close()
    await refused
    expect((await running).functionError).toBe('Unhandled')
    expect(isRunning(pid)).toBe(false)
    await expect(fetch(port)).rejects.toThrow('fetch failed')
    await activity.idle()
    await expect(pool.invoke('Probe', {})).rejects.toThrow('closed')
  })

  test('prints into the log of its stage', async () => {
    const { pool } = openPool([declare({ stage: 'printer' })])
    const { logTail } = await pool.call('Probe', '{"do":"print","text":"seven drops"}')
    expect(logTail.toString()).toBe('seven drops\n')
    await pool.close()
    expect(readFileSync(join(folder, 'logs', 'printer.log'), 'utf8')).toBe('seven drops\n')
  })
})

describe('an invocation', () => {
  test('keeps the world from moving on', async () => {
    const { pool, clock } = openPool()
    let isAnswered = false
    const answered = pool.invoke('Probe', { do: 'sleep', ms: 50 }).then(() => {
      isAnswered = true
    })
    await clock.advanceTo(START_MS + 1000)
    expect(isAnswered).toBe(true)
    await answered
  })

  test('is killed after as many requests as a test asks for, once', async () => {
    const served: string[] = []
    const lastAsked: boolean[] = []
    const cloud = createServer((request, response) => {
      if (pool.requestArrived('probe')) served.push(request.url!)
      // The signal is on its way, and the process asks once more.
      else lastAsked.push(pool.requestArrived('probe'))
      response.end()
    })
    await new Promise<void>((resolve) => cloud.listen(0, '127.0.0.1', resolve))
    const { pool } = openPool([declare()], {
      endpointUrl: `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    })
    pool.killDuring('probe', { afterRequests: 2 })
    const { payload } = await pool.invoke('Probe', { do: 'ask', times: 4 })
    expect(payload).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
    expect(served).toEqual(['/0', '/1'])
    expect(lastAsked).toContain(false)
    expect(lastAsked).not.toContain(true)
    expect((await pool.invoke('Probe', { do: 'ask', times: 4 })).payload).toBe(4)
    cloud.close()
    cloud.closeAllConnections()
  })

  test('is killed as soon as its process has it where no request is waited for', async () => {
    const { pool } = openPool()
    expect((await pool.invoke('Probe', { do: 'echo', value: 1 })).payload).toBe(1)
    pool.killDuring('probe', { afterRequests: 0 })
    const { payload } = await pool.invoke('Probe', { do: 'sleep', ms: 1000 })
    expect(payload).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
  })

  test('that is asynchronous is repeated after one and two minutes, then a dead letter', async () => {
    const letters: unknown[] = []
    const { pool, clock, used } = openPool([declare()], {
      deadLetterOf: () => async (event) => void letters.push(event),
    })
    const event = { do: 'throw', message: 'down' }
    await pool.deliverTo('arn:aws:lambda:us-east-1:000000000000:function:Probe')(event)
    await clock.advanceTo(START_MS + 179_999)
    expect(used).toHaveLength(2)
    await clock.drain()
    expect(clock.now()).toBe(START_MS + 180_000)
    expect(used.map(({ failed }) => failed)).toEqual([true, true, true])
    expect(letters).toEqual([event])
  })

  test('that is asynchronous and has no dead-letter queue is told as lost', async () => {
    const { pool, clock, lost } = openPool()
    await pool.deliverTo('Probe')({ do: 'throw', message: 'down' })
    await clock.drain()
    expect(lost).toMatchObject([
      { what: 'arn:aws:lambda:us-east-1:000000000000:function:Probe', payload: { do: 'throw' } },
    ])
    expect(lost[0]!.reason).toContain('down')
  })
})

describe('the Invoke API', () => {
  let pool: FunctionPool
  let used: { failed: boolean }[]
  let clock: VirtualClock
  let url = ''
  const server = createServer((request, response) => {
    pool.handle(
      request,
      response,
      { stage: 'plan', role: null },
      new URL(request.url!, 'http://127.0.0.1'),
    )
  })
  beforeAll(async () => {
    const opened = openPool([declare(), declare({ name: 'Secret' })], {
      authorize: (caller, action, resource) => ({
        allowed: !resource.endsWith(':Secret'),
        reason: `${caller.stage} is not allowed ${action} on ${resource}`,
      }),
    })
    ;({ pool, used, clock } = opened)
    // These tests share it: it closes after the last of them.
    open.splice(open.indexOf(pool), 1)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/2015-03-31/functions`
  })
  afterAll(async () => {
    await pool.close()
    server.close()
    server.closeAllConnections()
  })
  const post = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/${encodeURIComponent(name)}/invocations`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('answers a request with the payload, and an error with its header and log tail', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Probe'
    const good = await post(arn, { do: 'echo', value: 5 })
    expect([good.status, await good.json()]).toEqual([200, 5])
    expect(good.headers.get('x-amz-executed-version')).toBe('$LATEST')
    const bad = await post('Probe', { do: 'throw', message: 'no' }, { 'x-amz-log-type': 'Tail' })
    expect([bad.status, bad.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled'])
    const log = Buffer.from(bad.headers.get('x-amz-log-result')!, 'base64').toString()
    expect(log).toContain('RangeError: no')
  })

  test('accepts an event and answers before it has run', async () => {
    const before = used.length
    const slow = { do: 'sleep', ms: 100 }
    const answer = await post('Probe', slow, { 'x-amz-invocation-type': 'Event' })
    expect(answer.status).toBe(202)
    expect(used).toHaveLength(before)
    await clock.advanceTo(clock.now())
    expect(used).toHaveLength(before + 1)
  })

  test('refuses by the names that the SDK knows', async () => {
    const typeOf = async (answer: Response) => [
      answer.status,
      answer.headers.get('x-amzn-errortype'),
    ]
    expect(await typeOf(await post('Nobody', {}))).toEqual([404, 'ResourceNotFoundException'])
    expect(await typeOf(await post('Probe', 'x'))).toEqual([400, 'InvalidRequestContentException'])
    const large = JSON.stringify('x'.repeat(7 * 1024 * 1024))
    expect(await typeOf(await post('Probe', large))).toEqual([413, 'RequestTooLargeException'])
    const event = { 'x-amz-invocation-type': 'Event' }
    const medium = JSON.stringify('x'.repeat(2 * 1024 * 1024))
    expect(await typeOf(await post('Probe', medium, event))).toEqual([
      413,
      'RequestTooLargeException',
    ])
    const denied = await post('Secret', {})
    expect(await typeOf(denied.clone())).toEqual([403, 'AccessDeniedException'])
    expect(await denied.json()).toMatchObject({
      Message:
        'plan is not allowed lambda:InvokeFunction on arn:aws:lambda:us-east-1:000000000000:function:Secret',
    })
    const other = await fetch(`${url}/Probe/policy`)
    expect(await other.json()).toMatchObject({
      Message:
        'the local cloud invokes and shows functions; it has no GET /2015-03-31/functions/Probe/policy',
    })
  })
})
