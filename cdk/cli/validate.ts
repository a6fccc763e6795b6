import { runCommand } from './exit.ts'
import { checkLogs } from './validate/check.ts'
import { parseValidateOptions, VALIDATE_USAGE } from './validate/options.ts'
import { printProfile } from './validate/print.ts'

async function main(argv: string[]): Promise<number> {
  const options = parseValidateOptions(argv)
  if (options === null) {
    process.stdout.write(VALIDATE_USAGE)
    return 0
  }
  const { logs, asJson } = options
  const { profile, findings, serious } = await checkLogs(logs, Date.now())
  process.stdout.write(
    asJson
      ? `${JSON.stringify({ ...profile, findings }, null, 1)}\n`
      : printProfile(profile, findings),
  )
  return serious.length > 0 ? 1 : 0
}

await runCommand(main)
