import { parseArgs } from 'node:util'
import type { LogsToReplay } from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { parseLogs } from '../replay/options.ts'
import { UsageError } from '../usage-error.ts'

export const VALIDATE_USAGE = `Says what is right and wrong with logs, without training on them.

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

/** Flags → which logs to look at; `null` where only the help was asked for. Throws UsageError. */
export function parseValidateOptions(
  argv: readonly string[],
  knownScenes: readonly string[],
): { logs: LogsToReplay; asJson: boolean } | null {
  let flags: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    flags = parseArgs({ args: [...argv], options: FLAGS }).values
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split(/\.\s/)[0]}; see npm run validate -- --help`,
    )
  }
  if (flags.help) return null
  if (!flags.logs) throw new UsageError('--logs is missing; see npm run validate -- --help')
  const { logs } = parseLogs(flags, knownScenes)
  return { logs, asJson: flags.json === true }
}
