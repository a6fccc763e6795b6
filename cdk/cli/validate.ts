import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { endBy } from './ending.ts'
import { checkLogs } from './validate/check.ts'
import { parseValidateOptions, VALIDATE_USAGE } from './validate/options.ts'
import { printProfile } from './validate/print.ts'

const SCENES = readdirSync(join(import.meta.dirname, '..', 'scenes')).map((file) =>
  file.replace(/\.json$/, ''),
)

async function main(): Promise<number> {
  const options = parseValidateOptions(process.argv.slice(2), SCENES)
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

try {
  process.exitCode = await main()
} catch (error) {
  endBy(error)
}
