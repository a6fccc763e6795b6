import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Everything that tests and the commands they start put on disk goes into one folder, and goes with it. */
export default function keepTemporaryFiles(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'quartermaster-test-'))
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
