import { readFileSync } from 'node:fs'
import { missing, parseFlags } from '../command-line.ts'
import { UsageError } from '../errors.ts'

export const CHECK_USAGE = `Proves that a chain of versions learned from every sample exactly once.

  npm run check-lineage -- --scene <scene> --outputs <file>
  npm run check-lineage -- --scene <scene> --lake <bucket> --models <bucket> --registry <table>

  --version    head of the chain                      (the served version)
  --outputs    the file that cdk deploy --outputs-file wrote
  --lake       output LakeBucketOutput of the store stack
  --models     output ModelsBucketOutput
  --registry   output RegistryTableOutput
  --json       print the whole account as JSON (functions/contract/exactly-once.ts)

Reads every sample and closed file of the chain once. Region, credentials and endpoint come from the
environment, as for the AWS command line. Exit code 0: proven; 1: violated; 2: wrong usage.
`

const COMMAND = 'npm run check-lineage'
const FLAGS = {
  scene: 'text',
  version: 'text',
  outputs: 'text',
  lake: 'text',
  models: 'text',
  registry: 'text',
  json: 'switch',
} as const
const PLACES = {
  lake: 'LakeBucketOutput',
  models: 'ModelsBucketOutput',
  registry: 'RegistryTableOutput',
} as const
type Places = Record<keyof typeof PLACES, string>

/** Output name → value, from the file of a deployment (stack → output → value). */
function readOutputs(path: string): Record<string, string> {
  try {
    const stacks = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>
    return Object.assign({}, ...Object.values(stacks))
  } catch (error) {
    throw new UsageError(
      `--outputs ${path}: expected a file of cdk deploy --outputs-file: ${(error as Error).message}`,
    )
  }
}

function findPlaces(values: Partial<Places> & { outputs?: string }): Places {
  const outputs = values.outputs === undefined ? {} : readOutputs(values.outputs)
  const entries = Object.entries(PLACES).map(([flag, output]) => {
    const name = values[flag as keyof Places] ?? outputs[output]
    if (!name)
      throw values.outputs === undefined
        ? missing(flag, COMMAND)
        : new UsageError(
            `--outputs ${values.outputs}: has no output ${output}; name it with --${flag}`,
          )
    return [flag, name] as const
  })
  return Object.fromEntries(entries) as Places
}

export interface CheckOptions {
  scene: string
  /** Head of the chain. Default: the served version. */
  version: string | undefined
  places: Places
  asJson: boolean
}

/** Flags → the chain to check and its stores. Null if the user asked for help. Throws UsageError. */
export function parseCheckOptions(argv: readonly string[]): CheckOptions | null {
  const flags = parseFlags(argv, FLAGS, COMMAND)
  if (flags === null) return null
  const { json, scene, version, ...where } = flags
  if (scene === undefined) throw missing('scene', COMMAND)
  return { scene, version, places: findPlaces(where), asJson: json === true }
}
