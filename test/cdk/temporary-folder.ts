import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that goes with all temporary files of the tests. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'cdk-'))
