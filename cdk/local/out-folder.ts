import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { UsageError } from './usage-error.ts'

/** Left in every output folder, so that only a folder of ours is ever emptied. */
export const OUT_MARKER = '.quartermaster-out'
const LOCK = '.quartermaster-lock'

/** The folder that `--out` names. Throws UsageError for one whose files are not of an earlier run. */
export function checkOut(path: string): string {
  const out = resolve(path)
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

/**
 * Empties the folder and holds it until the answer is called. What a killed run left, its lock
 * too, is swept away. Throws UsageError where a living run holds it.
 */
export function claimFolder(out: string, command: string): () => void {
  const lock = join(out, LOCK)
  if (existsSync(lock)) {
    const [pid, began = '', by] = readFileSync(lock, 'utf8').split('\n')
    if (isAlive(Number(pid), began))
      throw new UsageError(
        `--out ${relative(process.cwd(), out) || '.'}: ${by} holds this folder (process ${pid}); end it first or name another`,
      )
  }
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, OUT_MARKER), `Written by ${command}; the next run empties this folder.\n`)
  writeFileSync(lock, `${process.pid}\n${beginOf(process.pid)}\n${command}`, { flag: 'wx' })
  return () => rmSync(lock, { force: true })
}
