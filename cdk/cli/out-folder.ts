import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { UsageError } from './errors.ts'

/** Marks every output folder. Only a folder with this file is ever emptied. */
export const OUT_MARKER = '.quartermaster-out'
const LOCK = '.quartermaster-lock'
/** In every output folder, so that git and the linter ignore it. */
const IGNORE = '.gitignore'

/** Throws UsageError if a parent of the path is a file. */
export function checkParent(path: string): void {
  let parent = dirname(resolve(path))
  while (!existsSync(parent)) parent = dirname(parent)
  if (!statSync(parent).isDirectory())
    throw new UsageError(`--out ${path}: ${parent} is a file, not a folder`)
}

/** The folder that `--out` names. Throws UsageError if it holds files that no earlier run wrote. */
export function checkOut(path: string): string {
  if (path === '') throw new UsageError('--out is empty: expected a folder')
  const out = resolve(path)
  checkParent(path)
  if (!existsSync(out)) return out
  if (!statSync(out).isDirectory()) throw new UsageError(`--out ${path}: is a file, not a folder`)
  const foreign = readdirSync(out).length > 0 && !existsSync(join(out, OUT_MARKER))
  if (foreign)
    throw new UsageError(
      `--out ${path}: the folder has files that no earlier run wrote; they are left as they are; name an empty folder`,
    )
  return out
}

/** Start of a process in kernel ticks (proc(5), stat, field 22). It detects a reused process id. */
function beginOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]!
  } catch {
    return ''
  }
}
function isAlive(pid: number, began: string): boolean {
  try {
    process.kill(pid, 0)
    return beginOf(pid) === began
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Makes a folder level by level. Node's `recursive` never returns where no folder can be made, as in /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

function readLock(lock: string): string {
  const [pid, began = '', by] = readFileSync(lock, 'utf8').split('\n')
  if (!isAlive(Number(pid), began)) return ''
  return `${by} uses this folder (process ${pid})`
}

/** Writes the lock and then links it to its name, so that one process wins. Returns the other owner, or ''. */
function takeLock(lock: string, text: string): string {
  const own = `${lock}-${process.pid}`
  writeFileSync(own, text)
  try {
    linkSync(own, lock)
    return ''
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = readLock(lock)
    if (holder === '') renameSync(own, lock)
    return holder
  } finally {
    rmSync(own, { force: true })
  }
}

function dropUnused(out: string): void {
  if (existsSync(out) && readdirSync(out).every((name) => [OUT_MARKER, IGNORE].includes(name)))
    rmSync(out, { recursive: true, force: true })
}

/**
 * Locks the folder without changing its files. The returned function unlocks it, and deletes it if it
 * is still empty. The lock of a dead process is taken over. Throws UsageError if another run uses the
 * folder, or if it cannot be made or written.
 */
export function claimFolder(out: string, command: string): () => void {
  const lock = join(out, LOCK)
  const shown = relative(process.cwd(), out) || '.'
  let holder: string
  try {
    makeFolder(out)
    writeFileSync(
      join(out, OUT_MARKER),
      `Written by ${command}; the next run empties this folder.\n`,
    )
    writeFileSync(join(out, IGNORE), '*\n')
    holder = takeLock(lock, `${process.pid}\n${beginOf(process.pid)}\n${command}`)
  } catch (error) {
    dropUnused(out)
    const { message } = error as Error
    throw new UsageError(`--out ${shown}: cannot be written to (${message})`, { cause: error })
  }
  if (holder !== '')
    throw new UsageError(`--out ${shown}: ${holder}; end that run or name another folder`)
  return () => {
    rmSync(lock, { force: true })
    dropUnused(out)
  }
}

/** Deletes the files of earlier runs in a locked folder, except `kept`. */
export function emptyFolder(out: string, kept: readonly string[] = []): void {
  for (const name of readdirSync(out))
    if (![OUT_MARKER, IGNORE, LOCK, ...kept].includes(name))
      rmSync(join(out, name), { recursive: true, force: true })
}
