import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { findFolder, keepCopy, sweepCache } from '../build-cache.ts'
import { UsageError } from './errors.ts'
import { digestInputs } from './synth-inputs.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The line that says why: the error's own within a stack, or the first that was said. */
function reasonIn(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => /^\w*Error: /.test(line)) ?? lines[0] ?? 'it said nothing').trim()
}

/**
 * Half of the CPU time of a synthesis is the CDK's check of the templates against CloudFormation's
 * schemas. It changes no template, and `npm run synth`, the tests and a deployment make it.
 */
const WITHOUT_SCHEMA_CHECK = { CDK_VALIDATION: 'false' }

/** Under this name stand assemblies, each by the digest of what it was made from. */
const ASSEMBLIES = 'assemblies'

/**
 * The same templates as before a deployment, by the CDK command line, into `assembly`: of scenes by
 * name, and one of a file, trained by the image of a folder where one is named. Needs no account, no
 * Docker and no network. A synthesis takes ten seconds of CPU time: one of the same inputs as before
 * is copied. Throws UsageError with what the app itself said first.
 */
export async function synthesize(
  assembly: string,
  scenes: string,
  sceneFile?: string,
  trainingImage?: string,
): Promise<void> {
  // What an image is made from is its own: it is never taken for the same.
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
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0) throw new UsageError(`the CDK app cannot be synthesized: ${reasonIn(said)}`)
}
