import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { documentClient, dynamoTable } from '../functions/core/dynamodb.ts'
import { InvalidInput } from '../functions/core/errors.ts'
import { s3Client, s3Store } from '../functions/core/s3.ts'
import { openRegistry } from '../functions/release/registry.ts'
import { checkExactlyOnce } from '../functions/train/lineage/check.ts'
import { sayExactlyOnce } from '../functions/train/lineage/ledger.ts'
import { endBy } from './local/ending.ts'
import { UsageError } from './local/usage-error.ts'

const USAGE = `Proves that a chain of versions learned from every sample exactly once.

  npm run check-lineage -- --scene <scene> --outputs <file>
  npm run check-lineage -- --scene <scene> --lake <bucket> --models <bucket> --registry <table>

  --version    head of the chain                      (the version that is served)
  --outputs    what cdk deploy --outputs-file wrote
  --lake       output LakeBucketOutput of the store stack
  --models     output ModelsBucketOutput
  --registry   output RegistryTableOutput
  --json       the whole account, as functions/contract/exactly-once.ts has it

Reads every sample and closed file of the chain once. Region, credentials and endpoint are those of
the environment, as for the AWS command line. Exit code 0: proven; 1: violated; 2: asked wrongly.
`

const string = { type: 'string' } as const
const FLAGS = {
  scene: string,
  version: string,
  outputs: string,
  lake: string,
  models: string,
  registry: string,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const PLACES = {
  lake: 'LakeBucketOutput',
  models: 'ModelsBucketOutput',
  registry: 'RegistryTableOutput',
} as const
type Places = Record<keyof typeof PLACES, string>

/** Names by output, from the file that the deployment wrote: stack → output → value. */
function readOutputs(path: string): Record<string, string> {
  try {
    const stacks = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>
    return Object.assign({}, ...Object.values(stacks))
  } catch (error) {
    throw new UsageError(
      `--outputs ${path}: expected what cdk deploy --outputs-file writes: ${(error as Error).message}`,
    )
  }
}

function findPlaces(values: Partial<Places> & { outputs?: string }): Places {
  const outputs = values.outputs === undefined ? {} : readOutputs(values.outputs)
  const entries = Object.entries(PLACES).map(([flag, output]) => {
    const name = values[flag as keyof Places] ?? outputs[output]
    if (!name)
      throw new UsageError(
        values.outputs === undefined
          ? `--${flag} is missing; see npm run check-lineage -- --help`
          : `--outputs ${values.outputs}: has no ${output}; name it by --${flag}`,
      )
    return [flag, name] as const
  })
  return Object.fromEntries(entries) as Places
}

function parseFlags() {
  try {
    return parseArgs({ options: FLAGS }).values
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split('. ')[0]}; see npm run check-lineage -- --help`,
    )
  }
}

async function main(): Promise<number> {
  const flags = parseFlags()
  if (flags.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const { scene } = flags
  if (!scene) throw new UsageError('--scene is missing; see npm run check-lineage -- --help')
  const places = findPlaces(flags)
  const client = s3Client()
  const registry = openRegistry(dynamoTable(places.registry, documentClient()), scene)
  const version = flags.version ?? (await registry.current())?.version
  if (!version) throw new UsageError(`--scene ${scene}: nothing of it is served yet`)
  const stores = {
    lake: s3Store(places.lake, client),
    models: s3Store(places.models, client),
    registry,
  }
  const account = await checkExactlyOnce(stores, scene, version)
  process.stdout.write(
    flags.json ? `${JSON.stringify(account, null, 1)}\n` : `${sayExactlyOnce(account)}\n`,
  )
  for (const sentence of account.violations) process.stderr.write(`${sentence}\n`)
  return account.violations.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  endBy(error instanceof InvalidInput ? new UsageError(error.message) : error)
}
