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

/** Where folders of built code stay between syntheses; the assemblies have copies of their own. */
const CACHE = join(import.meta.dirname, '..', 'node_modules', '.cache', 'quartermaster')
/** Under this name stand builds, each beside the record of what it was made from. */
const BUILDS = 'builds'
const RECORD = 'record.json'

export type Files = Readonly<Record<string, string | Uint8Array>>
interface BuildRecord {
  /** Path below the project → SHA-256 of every file that was bundled. */
  inputs: Record<string, string>
  outputs: string[]
}

/** A folder that no sweep takes for another day. */
function touch(directory: string): void {
  const now = new Date()
  utimesSync(directory, now, now)
}

/** Moves a finished draft into its place. Two that build the same at once leave one of the two. */
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

/** A folder of exactly these files, named by their content: two syntheses at once never meet half of one. */
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

/** Forgets folders that no synthesis has used for a day. */
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
 * The outputs of a build whose settings have this digest, or null: there was none, or one of the
 * files that it was made from has changed since or is gone.
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
  // Its place is taken by the build that follows.
  rmSync(directory, { recursive: true, force: true })
  return null
}

/** Keeps a build for `findBuild`. `inputs`: paths below `root` of all that it was made from. */
export function keepBuild(
  root: string,
  settings: string,
  inputs: readonly string[],
  outputs: ReadonlyMap<string, Uint8Array>,
): void {
  const record: BuildRecord = { inputs: digestsOf(root, inputs), outputs: [...outputs.keys()] }
  keep(BUILDS, settings, { ...Object.fromEntries(outputs), [RECORD]: JSON.stringify(record) })
}
