import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseOptions } from '../../cdk/cli/start/options.ts'
import { parseUpOptions } from '../../cdk/cli/up/options.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

const folder = mkdtempSync(join(tmpdir(), 'wrong-'))

export const at = (name: string): string => join(folder, name)

export function file(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content)
  return at(name)
}

export function directory(name: string): string {
  mkdirSync(at(name))
  return at(name)
}

/** Late in its day: a replay goes on until the noon after it. */
export const EVENT =
  '{"type":"impression","eventId":"e1","timeMs":1767656400000,"userId":"u1","itemId":"i1"}\n'

export const events = file('events.jsonl', EVENT)

export const out = at('out')

export const start = (...argv: string[]) => parseOptions(['--out', out, ...argv])

export const up = (...argv: string[]) => parseUpOptions(['--out', out, ...argv], 0)

interface Ended {
  code: number | null
  said: string
  err: string
}

const NOWHERE = { PATH: process.env['PATH']!, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' }

/** A command as a person runs it, with no AWS settings but those given. */
export function run(command: string, argv: readonly string[], env: object = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, command), ...argv], {
    cwd: ROOT,
    env: { ...NOWHERE, ...env },
  })
  const ended: Ended = { code: null, said: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.said += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.err += text
  })
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ ...ended, code }))
  })
}

export const OPERATE = 'cdk/cli/operate.ts'
