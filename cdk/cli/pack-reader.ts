import { relative } from 'node:path'
import { runCommand } from './exit.ts'
import { claimFolder, emptyFolder } from './out-folder.ts'
import { packReader } from './pack-reader/build.ts'
import { PACK_USAGE, parsePackOptions } from './pack-reader/options.ts'

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} KB`

async function main(argv: string[]): Promise<number> {
  const options = parsePackOptions(argv)
  if (options === null) {
    process.stdout.write(PACK_USAGE)
    return 0
  }
  const { out } = options
  const release = claimFolder(out, 'npm run pack-reader')
  try {
    emptyFolder(out)
    const { archive, bytes, unpackedBytes } = await packReader(out)
    const path = relative(process.cwd(), archive)
    process.stdout.write(`${path}: ${kilobytes(bytes)}, unpacked ${kilobytes(unpackedBytes)}\n`)
    return 0
  } finally {
    release()
  }
}

await runCommand(main)
