import { parseArgs } from 'node:util'
import { checkOut } from '../out-folder.ts'
import { UsageError } from '../usage-error.ts'

export const PACK_USAGE = `Packs the reader for online services: JavaScript, its types, and what it bundles.

  npm run pack-reader

  --out <folder>   where the package and its folder are written  (out-reader)
`

/** Flags → the folder to write to; `null` where only the help was asked for. Throws UsageError. */
export function parsePackOptions(argv: readonly string[]): { out: string } | null {
  const options = {
    out: { type: 'string', default: 'out-reader' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { out, help } = parseArgs({ args: [...argv], options }).values
    return help ? null : { out: checkOut(out) }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const [sentence] = (error as Error).message.split(/\.\s/)
    throw new UsageError(`${sentence}; see npm run pack-reader -- --help`)
  }
}
