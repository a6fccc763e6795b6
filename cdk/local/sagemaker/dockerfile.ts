import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an image starts, as far as one machine can start it without Docker. */
export interface ImageProgram {
  /** Exec-form ENTRYPOINT and CMD, paths inside the image mapped to the asset's folder. */
  argv: string[]
  environment: Record<string, string>
}

/**
 * Reads an image asset's Dockerfile: FROM, WORKDIR, COPY of single files, ENV, ENTRYPOINT and CMD in
 * exec form ("Dockerfile reference", Docker). Any other instruction is refused by name, since its
 * effect would be missing here.
 */
export function readDockerfile(directory: string): ImageProgram {
  const environment: Record<string, string> = {}
  const copied = new Map<string, string>()
  let workdir = '/'
  let entrypoint: string[] = []
  let command: string[] = []
  const absolute = (path: string): string => (path.startsWith('/') ? path : join(workdir, path))
  for (const line of readFileSync(join(directory, 'Dockerfile'), 'utf8').split('\n')) {
    const match = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line)
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    const [instruction, rest] = [match?.[1]?.toUpperCase(), match?.[2] ?? '']
    if (instruction === 'FROM') continue
    if (instruction === 'WORKDIR') workdir = absolute(rest)
    else if (instruction === 'ENV') {
      const [name, value] = rest.split('=', 2)
      environment[name!] = value ?? ''
    } else if (instruction === 'COPY' && rest.split(/\s+/).length === 2) {
      const [from, to] = rest.split(/\s+/) as [string, string]
      copied.set(to.endsWith('/') ? join(absolute(to), from) : absolute(to), join(directory, from))
    } else if ((instruction === 'ENTRYPOINT' || instruction === 'CMD') && rest.startsWith('[')) {
      const argv = JSON.parse(rest) as string[]
      if (instruction === 'ENTRYPOINT') entrypoint = argv
      else command = argv
    } else
      throw new Error(
        `${join(directory, 'Dockerfile')}: the instruction "${line.trim()}" is not supported on the local cloud`,
      )
  }
  const argv = [...entrypoint, ...command].map((word) => copied.get(word) ?? word)
  if (argv.length === 0)
    throw new Error(`${join(directory, 'Dockerfile')}: has no ENTRYPOINT in exec form`)
  return {
    argv: argv.map((word, i) => (i === 0 && word === 'node' ? process.execPath : word)),
    environment,
  }
}
