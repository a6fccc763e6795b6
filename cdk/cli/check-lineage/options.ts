import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

export const CHECK_USAGE = `Proves that a chain of versions learned from every sample exactly once.

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

export interface CheckOptions {
  scene: string
  /** Head of the chain; the served version where absent. */
  version: string | undefined
  places: Places
  asJson: boolean
}

/** Flags → whose chain to check, and where it lies; `null` where only the help was asked for. Throws UsageError. */
export function parseCheckOptions(argv: readonly string[]): CheckOptions | null {
  let flags: { [flag in keyof typeof FLAGS]?: string | boolean }
  try {
    flags = parseArgs({ args: [...argv], options: FLAGS }).values
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split('. ')[0]}; see npm run check-lineage -- --help`,
    )
  }
  const { help, json, scene, version, ...where } = flags
  if (help) return null
  if (typeof scene !== 'string')
    throw new UsageError('--scene is missing; see npm run check-lineage -- --help')
  return {
    scene,
    version: version as string | undefined,
    places: findPlaces(where as Record<string, string>),
    asJson: json === true,
  }
}
