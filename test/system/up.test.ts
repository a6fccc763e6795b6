import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bringUp, eventually, leftBehind, type Running, runUp } from './bring-up.ts'

const folder = mkdtempSync(join(tmpdir(), 'up-'))
const out = join(folder, 'out')
let running: Running
let s3: S3Client
const clientOf = ({ url }: Running): S3Client =>
  new S3Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'anybody', secretAccessKey: 'local' },
    forcePathStyle: true,
  })
beforeAll(async () => {
  running = await bringUp(out)
  s3 = clientOf(running)
})
afterAll(async () => {
  running?.child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const eventAt = (timeMs: number): string =>
  `${JSON.stringify({ type: 'impression', eventId: `e${timeMs}`, timeMs, userId: 'u1', itemId: 'i1' })}\n`
const manifests = async (): Promise<string[]> => {
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({
      Bucket: running.named('bucket', /lake/),
      Prefix: 'manifests/feed/drops/',
    }),
  )
  return Contents.map(({ Key }) => Key!)
}
const drop = (name: string): Promise<unknown> =>
  s3.send(
    new PutObjectCommand({
      Bucket: running.named('bucket', /raw/),
      Key: `raw/feed/events/${name}`,
      Body: eventAt(Date.now() - 60_000),
    }),
  )

describe('The up command', () => {
  test('The up command prints its address and all resource names', () => {
    const said = running.output()
    expect(said).toContain(`endpoint  ${running.url}`)
    expect(said).toContain(`export AWS_ENDPOINT_URL=${running.url} AWS_REGION=us-east-1`)
    expect(said).toContain('in real time')
    expect(said).not.toContain('WARNING')
    for (const kind of ['bucket', 'table', 'queue', 'state machine', 'function rollback'])
      expect(running.named(kind)).toMatch(/quartermaster/i)
  })

  test('The up command cleans a drop within two seconds, while running', async () => {
    await drop('warm.jsonl')
    await eventually(async () => (await manifests()).length === 1, 20_000)
    const beganMs = Date.now()
    await drop('second.jsonl')
    await eventually(async () => (await manifests()).length === 2, 2000)
    const arrivals = (await manifests()).map((key) => Number(/\/(\d{13})-/.exec(key)![1]))
    const arrivedMs = Math.max(...arrivals)
    expect(Math.abs(arrivedMs - beganMs)).toBeLessThan(2000)
  })

  test('A second start in the same folder is refused without changes', () => {
    const { status, stdout, stderr } = runUp('--port', '4998', '--out', out)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/npm run up uses this folder \(process \d+\)/)
    expect(stderr.trimEnd()).not.toContain('\n')
    expect(existsSync(join(out, 'logs', 'intake.log'))).toBe(true)
  })

  test('An address of another machine is refused before touching a folder', () => {
    const never = join(folder, 'never')
    const { status, stderr } = runUp('--host', '203.0.113.9', '--out', never)
    expect(status).toBe(2)
    expect(stderr).toBe(
      '--host 203.0.113.9: this machine has no such address; name one of its addresses, or 0.0.0.0 for all\n',
    )
    expect(existsSync(never)).toBe(false)
  })

  test('A port in use is refused before any folder is touched', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const never = join(folder, 'never')
    const { status, stderr } = runUp('--port', String(port), '--out', never)
    taken.close()
    expect(status).toBe(2)
    expect(stderr).toBe(`--port ${port}: another program listens on it; name another port\n`)
    expect(existsSync(never)).toBe(false)
  })

  test('The up command restarts in the folder of a killed run', async () => {
    await running.end('SIGKILL')
    expect(readFileSync(join(out, '.quartermaster-lock'), 'utf8')).toContain('npm run up')
    await eventually(async () => leftBehind(out).length === 0, 10_000)
    running = await bringUp(out, '--host', '0.0.0.0')
    s3.destroy()
    s3 = clientOf(running)
    expect(await manifests()).toEqual([])
  }, 420_000)

  test('A public server prints a warning and answers to the Docker name', async () => {
    const port = new URL(running.url).port
    expect(running.output()).toContain(
      `WARNING: it listens on 0.0.0.0. Anyone who can reach port ${port}`,
    )
    expect(running.output()).toContain(`From a container: http://host.docker.internal:${port}`)
    const status = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = request(running.url, { headers: { host } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode!)
        })
        sent.once('error', reject).end()
      })
    expect(await status(`host.docker.internal:${port}`)).toBe(200)
    expect(await status('evil.example')).toBe(403)
  })

  test('Ctrl-C ends with exit code 0 and leaves no process or lock', async () => {
    await drop('last.jsonl')
    expect(await running.end('SIGINT')).toBe(0)
    expect(running.output()).toContain('ended at')
    expect(leftBehind(out)).toEqual([])
    expect(existsSync(join(out, '.quartermaster-lock'))).toBe(false)
  })
})
