import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualClock } from '../../cdk/local/clock.ts'
import type { FunctionPool } from '../../cdk/local/lambda/function-pool.ts'
import {
  closePoolsAfterEach,
  declare,
  folder,
  isRunning,
  open,
  openPool,
  START_MS,
} from './lambda-pool.ts'

closePoolsAfterEach()

describe('A process', () => {
  test('A process with an exit or unhandled rejection fails and is replaced', async () => {
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

  test('Idle processes are reused, and overlapping invocations start more', async () => {
    const { pool } = openPool([declare()], { maxProcesses: 3 })
    const sleep = (ms: number) => pool.invoke('Probe', { do: 'sleep', ms })
    const first = (await sleep(0)).payload
    expect((await sleep(0)).payload).toBe(first)
    const overlapping = await Promise.all([sleep(150), sleep(150), sleep(150)])
    expect(new Set(overlapping.map(({ payload }) => payload)).size).toBe(3)
  })

  test('A function with a reserved concurrency of one runs alone', async () => {
    const { pool } = openPool([declare({ concurrency: 1 })], { maxProcesses: 4 })
    const pids = await Promise.all(
      [1, 2, 3].map(() => pool.invoke('Probe', { do: 'sleep', ms: 20 })),
    )
    expect(new Set(pids.map(({ payload }) => payload)).size).toBe(1)
  })

  test('The process idle for longest is removed to make room', async () => {
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

  test('A closing pool leaves no process and no waiting invocation behind', async () => {
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

  test('A process prints into the log of its stage', async () => {
    const { pool } = openPool([declare({ stage: 'printer' })])
    const { logTail } = await pool.call('Probe', '{"do":"print","text":"seven drops"}')
    expect(logTail.toString()).toBe('seven drops\n')
    await pool.close()
    expect(readFileSync(join(folder, 'logs', 'printer.log'), 'utf8')).toBe('seven drops\n')
  })
})

describe('An invocation', () => {
  test('An invocation stops virtual time until it ends', async () => {
    const { pool, clock } = openPool()
    let isAnswered = false
    const answered = pool.invoke('Probe', { do: 'sleep', ms: 50 }).then(() => {
      isAnswered = true
    })
    await clock.advanceTo(START_MS + 1000)
    expect(isAnswered).toBe(true)
    await answered
  })

  test('A test can kill an invocation once, after a number of requests', async () => {
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

  test('A kill after zero requests comes as soon as the invocation starts', async () => {
    const { pool } = openPool()
    expect((await pool.invoke('Probe', { do: 'echo', value: 1 })).payload).toBe(1)
    pool.killDuring('probe', { afterRequests: 0 })
    const { payload } = await pool.invoke('Probe', { do: 'sleep', ms: 1000 })
    expect(payload).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) })
  })

  test('A failed asynchronous invocation is retried twice, then becomes a dead letter', async () => {
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

  test('A failed asynchronous invocation without a dead-letter queue is reported lost', async () => {
    const { pool, clock, lost } = openPool()
    await pool.deliverTo('Probe')({ do: 'throw', message: 'down' })
    await clock.drain()
    expect(lost).toMatchObject([
      { what: 'arn:aws:lambda:us-east-1:000000000000:function:Probe', payload: { do: 'throw' } },
    ])
    expect(lost[0]!.reason).toContain('down')
  })
})

describe('The Invoke API', () => {
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

  test('Invoke answers with the payload, or the error header and log tail', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Probe'
    const good = await post(arn, { do: 'echo', value: 5 })
    expect([good.status, await good.json()]).toEqual([200, 5])
    expect(good.headers.get('x-amz-executed-version')).toBe('$LATEST')
    const bad = await post('Probe', { do: 'throw', message: 'no' }, { 'x-amz-log-type': 'Tail' })
    expect([bad.status, bad.headers.get('x-amz-function-error')]).toEqual([200, 'Unhandled'])
    const log = Buffer.from(bad.headers.get('x-amz-log-result')!, 'base64').toString()
    expect(log).toContain('RangeError: no')
  })

  test('Invoke accepts an asynchronous event and answers before it has run', async () => {
    const before = used.length
    const slow = { do: 'sleep', ms: 100 }
    const answer = await post('Probe', slow, { 'x-amz-invocation-type': 'Event' })
    expect(answer.status).toBe(202)
    expect(used).toHaveLength(before)
    await clock.advanceTo(clock.now())
    expect(used).toHaveLength(before + 1)
  })

  test('Invoke refuses with the error names that the SDK knows', async () => {
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
