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

/** Left in every output folder, so that only a folder of ours is ever emptied. */
export const OUT_MARKER = '.quartermaster-out'
const LOCK = '.quartermaster-lock'
/** Inside the folder: git and the linter pass it over, whatever its name and wherever it is. */
const IGNORE = '.gitignore'

/** Throws UsageError where a path leads through a file. */
export function checkParent(path: string): void {
  let parent = dirname(resolve(path))
  while (!existsSync(parent)) parent = dirname(parent)
  if (!statSync(parent).isDirectory())
    throw new UsageError(`--out ${path}: ${parent} is a file, not a folder`)
}

/** The folder that `--out` names. Throws UsageError for one whose files are not of an earlier run. */
export function checkOut(path: string): string {
  if (path === '') throw new UsageError('--out is empty: expected a folder')
  const out = resolve(path)
  checkParent(path)
  if (!existsSync(out)) return out
  if (!statSync(out).isDirectory()) throw new UsageError(`--out ${path}: is a file, not a folder`)
  const foreign = readdirSync(out).length > 0 && !existsSync(join(out, OUT_MARKER))
  if (foreign)
    throw new UsageError(
      `--out ${path}: the folder holds files that are not of an earlier run; name an empty one`,
    )
  return out
}

/** When a process began, in the kernel's ticks (proc(5), stat, field 22): a number given again is told apart. */
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

/** Makes a folder, each level by itself: where a parent takes no folders, as in /proc, Node's `recursive` never returns. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

function readLock(lock: string): string {
  const [pid, began = '', by] = readFileSync(lock, 'utf8').split('\n')
  if (!isAlive(Number(pid), began)) return ''
  return `${by} holds this folder (process ${pid})`
}

/** Written whole before it has its name, which only one can take. Answers who holds it already, if not this process. */
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
 * Holds the folder, which stays as it is, until the answer is called; then a folder that nothing
 * was written into is gone again. A killed run's lock is taken over. Throws UsageError where a
 * living run holds it, or no folder can be made or written there.
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
  if (holder !== '') throw new UsageError(`--out ${shown}: ${holder}; end it first or name another`)
  return () => {
    rmSync(lock, { force: true })
    dropUnused(out)
  }
}

/** Sweeps away what earlier runs left in a folder that is held, but for `kept`. */
export function emptyFolder(out: string, kept: readonly string[] = []): void {
  for (const name of readdirSync(out))
    if (![OUT_MARKER, IGNORE, LOCK, ...kept].includes(name))
      rmSync(join(out, name), { recursive: true, force: true })
}
