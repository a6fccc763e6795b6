import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Cloud } from '../../cdk/local/cloud.ts'

const CLI = join(import.meta.dirname, '..', '..', 'cdk', 'cli')

export interface Outcome {
  code: number | null
  out: string
  err: string
}

/** A command of `cdk/cli` as a person runs it, its environment pointed at the local cloud. */
export function command(cloud: Cloud, file: string, ...words: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(CLI, file), ...words], {
    env: {
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: cloud.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

export const operate = (cloud: Cloud, ...words: string[]): Promise<Outcome> =>
  command(cloud, 'operate.ts', ...words)
