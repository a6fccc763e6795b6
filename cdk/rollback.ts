import { parseArgs } from 'node:util'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'

const USAGE = `Serves an earlier release again, by one conditional write.

  npm run rollback -- --function <name> --scene <scene> --reason "<why>" [--to <sequence>]

  --function   output RollbackFunctionOutput of the pipeline stack
  --to         sequence of the release to go back to (the one before the served one)

Region, credentials and endpoint are those of the environment, as for the AWS command line.
`

const string = { type: 'string' } as const

/** Exit codes: 0 rolled back, 1 refused by the function, 2 asked wrongly. */
async function main(): Promise<number> {
  let flags: { function?: string; scene?: string; reason?: string; to?: string; help?: boolean }
  try {
    flags = parseArgs({
      options: {
        function: string,
        scene: string,
        reason: string,
        to: string,
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message.split('. ')[0]}; see npm run rollback -- --help\n`,
    )
    return 2
  }
  if (flags.help) {
    process.stdout.write(USAGE)
    return 0
  }
  for (const name of ['function', 'scene', 'reason'] as const)
    if (!flags[name]) {
      process.stderr.write(`--${name} is missing; see npm run rollback -- --help\n`)
      return 2
    }
  const to = flags.to === undefined ? undefined : Number(flags.to)
  if (to !== undefined && !(Number.isInteger(to) && to > 0)) {
    process.stderr.write(`--to ${flags.to}: expected the sequence number of a release\n`)
    return 2
  }
  const request = {
    scene: flags.scene,
    reason: flags.reason,
    requestedTime: new Date().toISOString(),
    to,
  }
  const { FunctionError, Payload } = await new LambdaClient().send(
    new InvokeCommand({ FunctionName: flags.function!, Payload: JSON.stringify(request) }),
  )
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || '{}') as Record<
    string,
    unknown
  >
  if (FunctionError) {
    process.stderr.write(`${String(answer['errorMessage'] ?? FunctionError)}\n`)
    return 1
  }
  process.stdout.write(
    `release ${answer['to']} (${answer['version']}) is served again instead of release ${answer['from']}\n`,
  )
  return 0
}

process.exitCode = await main()
