import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { closePoolsAfterEach, declare, FIXTURES, isRunning, openPool } from './lambda-pool.ts'

closePoolsAfterEach()

describe('A function', () => {
  test('A function gets its event and answers with the handler result', async () => {
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

  test('A function sees declared and Lambda variables, nothing of the parent', async () => {
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

  test('A function runs in the folder of its asset', async () => {
    // The assembly may be named relative to where the cloud was started.
    const directory = relative(process.cwd(), join(FIXTURES, 'probe'))
    const { pool } = openPool([declare({ directory })])
    const { payload } = await pool.invoke('Probe', { do: 'place' })
    expect(payload).toMatchObject({ folder: join(FIXTURES, 'probe'), beside: { scenes: {} } })
  })

  test('A function gets the AWS context with a repeatable request id', async () => {
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

  test('A function may be a CommonJS module', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'cjs') })])
    expect((await pool.invoke('Probe', {})).payload).toBe('from CommonJS')
  })

  test('A throwing function answers with its error and stays alive', async () => {
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

  test('A function that cannot load answers with the error it threw', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'broken') })])
    const { payload, functionError } = await pool.invoke('Probe', {})
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({ errorMessage: 'the table of contents is missing' })
  })

  test('A function with a missing asset answers with the system error', async () => {
    const { pool } = openPool([declare({ directory: join(FIXTURES, 'nowhere') })])
    const { payload, functionError } = await pool.invoke('Probe', {})
    expect(functionError).toBe('Unhandled')
    expect(payload).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining('ENOENT'),
    })
  })

  test('A missing function or callback handler is refused by name', async () => {
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

describe('Limits', () => {
  test('The time limit kills the process and reports the timeout', async () => {
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

  test('The memory limit kills a process that exceeds it outside the heap', async () => {
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

  test('The payload limit holds for the request and the answer', async () => {
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
