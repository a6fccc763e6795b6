import { parseFlags } from '../command-line.ts'
import { checkOut } from '../out-folder.ts'

export const PACK_USAGE = `Packs the reader for online services as an npm package with types.

  npm run pack-reader

  --out <folder>   folder for the package                        (out-reader)
`

/** Flags → the folder to write to. Null if the user asked for help. Throws UsageError. */
export function parsePackOptions(argv: readonly string[]): { out: string } | null {
  const flags = parseFlags(argv, { out: 'text' }, 'npm run pack-reader')
  return flags && { out: checkOut(flags.out ?? 'out-reader') }
}
