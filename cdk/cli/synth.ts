import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { findFolder, keepCopy, sweepCache } from '../build-cache.ts'
import { UsageError } from './errors.ts'
import { digestInputs } from './synth-inputs.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The reason in an error output: the error's line in a stack trace, or the first line. */
function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return (
    lines.find((line) => /^\w*Error: /.test(line)) ??
    lines[0] ??
    'it printed no error'
  ).trim()
}

/**
 * The CDK's check against CloudFormation schemas takes half of the CPU time and changes no template.
 * `npm run synth`, the tests and a deployment still run it.
 */
const WITHOUT_SCHEMA_CHECK = { CDK_VALIDATION: 'false' }

/** The cache folder of assemblies. Each is named by the digest of its inputs. */
const ASSEMBLIES = 'assemblies'

/**
 * Writes the templates of a deployment into `assembly`, by the CDK command line: for scenes by name,
 * one more scene of a file, and a custom training image. Needs no account, Docker or network. Throws
 * UsageError with the reason that the app printed.
 */
export async function synthesize(
  assembly: string,
  scenes: string,
  sceneFile?: string,
  trainingImage?: string,
): Promise<void> {
  // The inputs of a custom image are unknown, so its assembly is not cached.
  const inputs = trainingImage === undefined ? digestInputs(ROOT, scenes, sceneFile) : null
  const kept = inputs && findFolder(ASSEMBLIES, inputs)
  if (kept) return cpSync(kept, assembly, { recursive: true })
  await runCdk(assembly, scenes, sceneFile, trainingImage)
  if (!inputs) return
  keepCopy(ASSEMBLIES, inputs, assembly)
  sweepCache([ASSEMBLIES])
}

async function runCdk(
  assembly: string,
  scenes: string,
  sceneFile?: string,
  trainingImage?: string,
): Promise<void> {
  const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const child = spawn(
    process.execPath,
    [
      ...[cdk, 'synth', '--quiet', '--output', assembly, '--context', `scenes=${scenes}`],
      ...(sceneFile === undefined ? [] : ['--context', `sceneFile=${sceneFile}`]),
      ...(trainingImage === undefined ? [] : ['--context', `trainingImage=${trainingImage}`]),
    ],
    {
      cwd: ROOT,
      env: { ...process.env, ...WITHOUT_SCHEMA_CHECK },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let errorOutput = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0)
    throw new UsageError(`the CDK app cannot be synthesized: ${reasonIn(errorOutput)}`)
}
