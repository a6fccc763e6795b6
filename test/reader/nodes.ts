import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache')

const isMajor = (node: string, major: number): boolean =>
  spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith(`v${major}.`) === true

/**
 * A Node of this major version: on the PATH, or else from npm, kept beside the project's own.
 * Null where neither is to be had.
 */
export function nodeOf(major: number): string | null {
  const inCache = join(CACHE, `node-${major}`)
  const installed = join(inCache, 'node_modules', '.bin', 'node')
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = [process.execPath, ...folders.map((folder) => join(folder, 'node')), installed]
    .filter((node) => existsSync(node))
    .find((node) => isMajor(node, major))
  if (found) return found
  const words = ['install', '--no-audit', '--no-fund', '--prefix', inCache, `node@${major}`]
  try {
    execFileSync('npm', words, { stdio: 'ignore' })
  } catch {
    return null
  }
  return installed
}
