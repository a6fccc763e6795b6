import { missing, parseFlags } from '../command-line.ts'
import type { LogsToReplay } from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { parseLogs } from '../replay/options.ts'

export const VALIDATE_USAGE = `Checks logs without training on them.

  npm run validate -- --logs <file or folder> --format <${Object.keys(FORMATS).join('|')}>

  --scene <name>      scene from cdk/scenes, or a file         (by format; feed)
  --mapping <file>    meaning of the columns, for --format csv
  --from <date>       first day of the logs, YYYY-MM-DD        (all)
  --to <date>         last day of the logs, YYYY-MM-DD         (all)
  --json              print the profile and the findings as JSON

Exit codes: 0 fit to train on, 1 serious findings, 2 wrong usage.
`
const COMMAND = 'npm run validate'
const FLAGS = {
  logs: 'text',
  format: 'text',
  scene: 'text',
  mapping: 'text',
  from: 'text',
  to: 'text',
  json: 'switch',
} as const

/** Flags → the logs to check. Null if the user asked for help. Throws UsageError. */
export function parseValidateOptions(
  argv: readonly string[],
): { logs: LogsToReplay; asJson: boolean } | null {
  const flags = parseFlags(argv, FLAGS, COMMAND)
  if (flags === null) return null
  if (!flags.logs) throw missing('logs', COMMAND)
  const { logs } = parseLogs({ ...flags, logs: flags.logs })
  return { logs, asJson: flags.json === true }
}
