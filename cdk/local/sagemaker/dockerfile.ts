import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** What an image starts, as far as one machine can start it without Docker. */
export interface ImageProgram {
  /** Exec-form ENTRYPOINT and CMD, paths inside the image mapped to the asset's folder. */
  argv: string[]
  environment: Record<string, string>
}

/** Where a program of the image is looked for on this machine; `node` is the one that runs this. */
export const PROGRAM_PATH = '/usr/local/bin:/usr/bin:/bin'

function parseArgv(text: string): string[] | null {
  try {
    const argv: unknown = JSON.parse(text)
    const isArgv = Array.isArray(argv) && argv.every((word) => typeof word === 'string')
    return isArgv ? argv : null
  } catch {
    return null
  }
}

/** The program that a word starts here, or null where this machine has none. */
function findProgram(word: string): string | null {
  if (word === 'node') return process.execPath
  const places = isAbsolute(word) ? [''] : PROGRAM_PATH.split(':')
  return places.map((place) => join(place, word)).find((path) => existsSync(path)) ?? null
}

/**
 * Reads an image asset's Dockerfile: FROM, LABEL, WORKDIR, COPY of single files, ENV of one
 * `NAME=value`, ENTRYPOINT and CMD in exec form ("Dockerfile reference", Docker). Throws for any other
 * instruction by name, since its effect would be missing here, and for a file or a program that is
 * not here. `ownEntrypoint` starts instead of the image's ("CreateTrainingJob", ContainerEntrypoint).
 */
export function readDockerfile(directory: string, ownEntrypoint?: readonly string[]): ImageProgram {
  const path = join(directory, 'Dockerfile')
  const environment: Record<string, string> = {}
  const copied = new Map<string, string>()
  let workdir = '/'
  let entrypoint: string[] = []
  let command: string[] = []
  const isFolder = (from: string): boolean =>
    statSync(join(directory, from), { throwIfNoEntry: false })?.isDirectory() ?? false
  const absolute = (path: string): string => (path.startsWith('/') ? path : join(workdir, path))
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue
    const match = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line)
    const [instruction, rest] = [match?.[1]?.toUpperCase(), match?.[2] ?? '']
    const [from, to, ...others] = rest.split(/\s+/)
    const [, name, value] = /^(\w+)=([^\s"\\]*)$/.exec(rest) ?? []
    const argv = parseArgv(rest)
    if (instruction === 'FROM' || instruction === 'LABEL') continue
    if (instruction === 'WORKDIR') workdir = absolute(rest)
    else if (instruction === 'ENV' && name !== undefined) environment[name] = value!
    else if (instruction === 'COPY' && to && others.length === 0 && !isFolder(from!)) {
      if (!existsSync(join(directory, from!)))
        throw new Error(`${path}: "${line.trim()}": the folder has no ${from}`)
      copied.set(
        to.endsWith('/') ? join(absolute(to), from!) : absolute(to),
        join(directory, from!),
      )
    } else if (instruction === 'ENTRYPOINT' && argv) entrypoint = argv
    else if (instruction === 'CMD' && argv) command = argv
    else
      throw new Error(
        `${path}: the instruction "${line.trim()}" is not supported on the local cloud`,
      )
  }
  const started = ownEntrypoint ?? [...entrypoint, ...command]
  const [word, ...words] = started.map((part) => copied.get(part) ?? part)
  if (word === undefined) throw new Error(`${path}: has no ENTRYPOINT in exec form`)
  const program = findProgram(word)
  if (program === null)
    throw new Error(`${path}: starts "${word}", which this machine does not have`)
  return { argv: [program, ...words], environment }
}
