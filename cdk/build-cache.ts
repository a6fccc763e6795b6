import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DAY_MS } from '../functions/contract/time.ts'
import { digestOf, sha256Hex } from '../functions/core/digest.ts'

/** Built code is cached here between syntheses. Each assembly has its own copy. */
const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'quartermaster')
/** The folder of builds. Each build has a record of its inputs beside it. */
const BUILDS = 'builds'
const RECORD = 'record.json'

export type Files = Readonly<Record<string, string | Uint8Array>>
interface BuildRecord {
  /** Path below the project → SHA-256 of every file that was bundled. */
  inputs: Record<string, string>
  outputs: string[]
}

/** Protects a folder from `sweepCache` for another day. */
function touch(directory: string): void {
  const now = new Date()
  utimesSync(directory, now, now)
}

/** Moves a finished draft into place. If two processes build the same folder, one draft wins. */
function settle(draft: string, directory: string): void {
  try {
    renameSync(draft, directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    rmSync(draft, { recursive: true })
    touch(directory)
  }
}

function keep(name: string, id: string, files: Files): string {
  mkdirSync(join(CACHE, name), { recursive: true })
  const draft = mkdtempSync(join(CACHE, name, 'draft-'))
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(draft, file), bytes)
  const directory = join(CACHE, name, id)
  settle(draft, directory)
  return directory
}

/**
 * A folder of exactly these files, named by their content. A concurrent synthesis never sees an
 * incomplete folder.
 */
export function keepFolder(name: string, files: Files): string {
  const digests = Object.entries(files).map(([file, bytes]) => [file, sha256Hex(bytes)])
  return keep(name, digestOf(digests).slice(0, 16), files)
}

/** Keeps a copy of a whole folder under an id, for `findFolder`. */
export function keepCopy(name: string, id: string, folder: string): void {
  mkdirSync(join(CACHE, name), { recursive: true })
  const draft = mkdtempSync(join(CACHE, name, 'draft-'))
  cpSync(folder, draft, { recursive: true })
  settle(draft, join(CACHE, name, id))
}

/** The folder that is kept under an id, or null. */
export function findFolder(name: string, id: string): string | null {
  const directory = join(CACHE, name, id)
  if (!existsSync(directory)) return null
  touch(directory)
  return directory
}

/** Deletes folders that no synthesis has used for a day. */
export function sweepCache(names: readonly string[]): void {
  for (const name of [...names, BUILDS]) {
    for (const entry of readdirSync(join(CACHE, name))) {
      const directory = join(CACHE, name, entry)
      const usedMs = statSync(directory, { throwIfNoEntry: false })?.mtimeMs
      if (usedMs !== undefined && Date.now() - usedMs > DAY_MS)
        rmSync(directory, { recursive: true, force: true })
    }
  }
}

const digestsOf = (root: string, paths: readonly string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, sha256Hex(readFileSync(join(root, path)))]))

/**
 * The outputs of the build whose settings have this digest. Null if there is no such build, or if
 * one of its input files has changed or is gone.
 */
export function findBuild(root: string, settings: string): Map<string, Uint8Array> | null {
  const directory = join(CACHE, BUILDS, settings)
  if (!existsSync(directory)) return null
  try {
    const record = JSON.parse(readFileSync(join(directory, RECORD), 'utf8')) as BuildRecord
    const now = digestsOf(root, Object.keys(record.inputs))
    if (digestOf(now) === digestOf(record.inputs)) {
      touch(directory)
      return new Map(record.outputs.map((name) => [name, readFileSync(join(directory, name))]))
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  // The next build writes to the same folder.
  rmSync(directory, { recursive: true, force: true })
  return null
}

/** Stores a build for `findBuild`. `inputs` are the paths of its input files, below `root`. */
export function keepBuild(
  root: string,
  settings: string,
  inputs: readonly string[],
  outputs: ReadonlyMap<string, Uint8Array>,
): void {
  const record: BuildRecord = { inputs: digestsOf(root, inputs), outputs: [...outputs.keys()] }
  keep(BUILDS, settings, { ...Object.fromEntries(outputs), [RECORD]: JSON.stringify(record) })
}
