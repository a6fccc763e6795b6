import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import { documentClient, dynamoTable } from '../../functions/core/dynamodb.ts'
import { InvalidInput } from '../../functions/core/errors.ts'
import { s3Client, s3Store } from '../../functions/core/s3.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { CHECK_USAGE, parseCheckOptions } from './check-lineage/options.ts'
import { UsageError } from './errors.ts'
import { runCommand } from './exit.ts'

async function main(argv: string[]): Promise<number> {
  const options = parseCheckOptions(argv)
  if (options === null) {
    process.stdout.write(CHECK_USAGE)
    return 0
  }
  const { scene, places } = options
  const client = s3Client()
  const registry = openRegistry(dynamoTable(places.registry, documentClient()), scene)
  const version = options.version ?? (await registry.current())?.version
  if (!version)
    throw new UsageError(
      `--scene ${scene}: expected a scene with a served version, but nothing of it is served yet; name a version with --version`,
    )
  const stores = {
    lake: s3Store(places.lake, client),
    models: s3Store(places.models, client),
    registry,
  }
  const account = await checkExactlyOnce(stores, scene, version)
  process.stdout.write(
    options.asJson ? `${JSON.stringify(account, null, 1)}\n` : `${describeExactlyOnce(account)}\n`,
  )
  for (const sentence of account.violations) process.stderr.write(`${sentence}\n`)
  return account.violations.length === 0 ? 0 : 1
}

await runCommand((argv) =>
  main(argv).catch((error) => {
    throw error instanceof InvalidInput ? new UsageError(error.message, { cause: error }) : error
  }),
)
