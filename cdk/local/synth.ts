import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { UsageError } from './usage-error.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/**
 * The same synthesis as before a deployment, by the CDK command line, into `assembly`: of scenes by
 * name, and one of a file. Needs no account, no Docker and no network. Throws UsageError with what the app itself said.
 */
export async function synthesize(
  assembly: string,
  scenes: string,
  sceneFile?: string,
): Promise<void> {
  const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const child = spawn(
    process.execPath,
    [
      ...[cdk, 'synth', '--quiet', '--output', assembly, '--context', `scenes=${scenes}`],
      ...(sceneFile === undefined ? [] : ['--context', `sceneFile=${sceneFile}`]),
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0) throw new UsageError(`the CDK app cannot be synthesized: ${said.trim()}`)
}
