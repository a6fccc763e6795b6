import { parseFlags } from '../command-line.ts'
import { checkOut } from '../out-folder.ts'

export const PACK_USAGE = `Packs the reader for online services: JavaScript, its types, and what it bundles.

  npm run pack-reader

  --out <folder>   where the package and its folder are written  (out-reader)
`

/** Flags → the folder to write to; `null` where the user asked for help. Throws UsageError. */
export function parsePackOptions(argv: readonly string[]): { out: string } | null {
  const flags = parseFlags(argv, { out: 'text' }, 'npm run pack-reader')
  return flags && { out: checkOut(flags.out ?? 'out-reader') }
}
