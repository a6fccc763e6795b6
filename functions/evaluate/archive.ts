import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { CorruptArtifact } from '../core/errors.ts'

/**
 * Regular files of a `.tar.gz`, by name. Throws CorruptArtifact for an archive that is cut short,
 * that unpacks to more than `maxBytes`, or that names a path outside itself.
 */
export async function readArchive(
  bytes: Uint8Array,
  name: string,
  maxBytes: number,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  let total = 0
  const untar = extract()
  untar.on('entry', (header, body, next) => {
    const path = header.name.replace(/^\.\//, '')
    if (header.type !== 'file') {
      body.resume().on('end', next)
      return
    }
    if (path.startsWith('/') || path.split('/').includes('..')) {
      untar.destroy(
        new CorruptArtifact(
          `${name}: got the path ${header.name}, expected one inside the archive`,
        ),
      )
      return
    }
    const chunks: Buffer[] = []
    body.on('data', (data) => {
      const chunk = data as Buffer
      total += chunk.length
      if (total > maxBytes)
        untar.destroy(new CorruptArtifact(`${name}: unpacks to more than ${maxBytes} bytes`))
      chunks.push(chunk)
    })
    body.on('end', () => {
      files.set(path, Buffer.concat(chunks))
      next()
    })
  })
  try {
    await pipeline(Readable.from([Buffer.from(bytes)]), createGunzip(), untar)
  } catch (error) {
    if (error instanceof CorruptArtifact) throw error
    throw new CorruptArtifact(`${name}: not a whole .tar.gz (${(error as Error).message})`, {
      cause: error,
    })
  }
  return files
}
