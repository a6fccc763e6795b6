import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endBy } from './local/ending.ts'
import { FORMATS } from './local/replay/formats.ts'
import { parseLogs } from './local/replay/options.ts'
import { UsageError } from './local/usage-error.ts'
import { findingsOf } from './local/validate/findings.ts'
import { printProfile } from './local/validate/print.ts'
import { profileLogs } from './local/validate/read.ts'

const USAGE = `Says what is right and wrong with logs, without training on them.

  npm run validate -- --logs <file or folder> --format <${Object.keys(FORMATS).join('|')}>

  --scene <name>      scene from cdk/scenes, or a file         (by format; feed)
  --mapping <file>    what the columns of --format csv mean
  --from <date>       first day of the logs, YYYY-MM-DD        (all)
  --to <date>         last day of the logs, YYYY-MM-DD         (all)
  --json              print the profile and the findings as JSON

Exit codes: 0 fit to train on, 1 serious findings, 2 asked wrongly.
`
const string = { type: 'string' } as const
const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  logs: string,
  format: string,
  scene: string,
  mapping: string,
  from: string,
  to: string,
  json: { type: 'boolean' },
} as const

async function main(): Promise<number> {
  let flags: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    flags = parseArgs({ options: FLAGS }).values
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(/\.\s/)[0]}; see npm run validate -- --help`,
    )
  }
  if (flags.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (!flags.logs) throw new UsageError('--logs is missing; see npm run validate -- --help')
  const scenes = readdirSync(join(import.meta.dirname, 'scenes'))
  const known = scenes.map((file) => file.replace(/\.json$/, ''))
  const { logs, scene } = parseLogs(flags, known)
  const nowMs = Date.now()
  const profile = await profileLogs(logs, nowMs)
  const findings = findingsOf(profile, scene, nowMs)
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ ...profile, findings }, null, 1)}\n`
      : printProfile(profile, findings),
  )
  return findings.some(({ severity }) => severity === 'serious') ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  endBy(error)
}
