import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { endBy } from './local/ending.ts'
import { findingsOf } from './local/validate/findings.ts'
import { parseValidateOptions, VALIDATE_USAGE } from './local/validate/options.ts'
import { printProfile } from './local/validate/print.ts'
import { profileLogs } from './local/validate/read.ts'

const SCENES = readdirSync(join(import.meta.dirname, 'scenes')).map((file) =>
  file.replace(/\.json$/, ''),
)

async function main(): Promise<number> {
  const options = parseValidateOptions(process.argv.slice(2), SCENES)
  if (options === null) {
    process.stdout.write(VALIDATE_USAGE)
    return 0
  }
  const { logs, scene, asJson } = options
  const nowMs = Date.now()
  const profile = await profileLogs(logs, nowMs)
  const findings = findingsOf(profile, scene, nowMs)
  process.stdout.write(
    asJson
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
