import { relative } from 'node:path'
import { endBy } from './ending.ts'
import { claimFolder, emptyFolder } from './out-folder.ts'
import { packReader } from './pack-reader/build.ts'
import { PACK_USAGE, parsePackOptions } from './pack-reader/options.ts'

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} KB`

async function main(): Promise<void> {
  const options = parsePackOptions(process.argv.slice(2))
  if (options === null) return void process.stdout.write(PACK_USAGE)
  const { out } = options
  const release = claimFolder(out, 'npm run pack-reader')
  try {
    emptyFolder(out)
    const { archive, bytes, unpackedBytes } = await packReader(out)
    const path = relative(process.cwd(), archive)
    process.stdout.write(`${path}: ${kilobytes(bytes)}, unpacked ${kilobytes(unpackedBytes)}\n`)
  } finally {
    release()
  }
}

try {
  await main()
} catch (error) {
  endBy(error)
}
