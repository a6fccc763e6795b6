import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { CorruptArtifact } from './errors.ts'

/**
 * Regular files of a `.tar.gz`, by name. Throws CorruptArtifact if the archive is truncated,
 * unpacks to more than `maxBytes`, or names a path outside itself.
 */
export async function readArchive(
  bytes: Uint8Array,
  name: string,
  maxBytes: number,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const untar = extract()
  const feeding = pipeline(Readable.from([Buffer.from(bytes)]), createGunzip(), untar)
  // An error of the pipeline also ends the loop below, which reports it.
  feeding.catch(() => {})
  let total = 0
  try {
    for await (const entry of untar) {
      const path = entry.header.name.replace(/^\.\//, '')
      if (path.startsWith('/') || path.split('/').includes('..'))
        throw new CorruptArtifact(
          `${name}: got the path ${entry.header.name}, expected one inside the archive`,
        )
      const chunks: Buffer[] = []
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        total += chunk.length
        if (total > maxBytes)
          throw new CorruptArtifact(`${name}: unpacks to more than ${maxBytes} bytes`)
        chunks.push(chunk)
      }
      if (entry.header.type === 'file') files.set(path, Buffer.concat(chunks))
    }
    await feeding
  } catch (error) {
    if (error instanceof CorruptArtifact) throw error
    throw new CorruptArtifact(`${name}: expected a whole .tar.gz (${(error as Error).message})`, {
      cause: error,
    })
  }
  return files
}

const EPOCH = new Date(0)
const compress = promisify(gzip)

/**
 * A `.tar.gz` of these files, like the archives that SageMaker makes of a job's folders. Equal
 * files give equal bytes.
 */
export async function writeArchive(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array> {
  const tar = pack()
  for (const [name, bytes] of Object.entries(files))
    tar.entry({ name, mtime: EPOCH }, Buffer.from(bytes))
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return compress(Buffer.concat(chunks), { level: 1 })
}
