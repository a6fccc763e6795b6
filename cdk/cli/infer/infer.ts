import { closeSync, existsSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { sentenceOf } from '../../../functions/intake/sniff/sentence.ts'
import { parseFlags } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { accessFile, refuseDocument } from '../replay/files.ts'
import { FORMATS } from '../replay/formats.ts'
import { findScene } from '../scenes.ts'
import { printProposal } from './print.ts'
import { propose } from './propose.ts'

/** Bytes of a log that are read. */
const HEAD_BYTES = 8 * 2 ** 20
const LF = 0x0a

export interface InferOptions {
  path: string
  out: string
  scene: string
}

/** Path of the scene beside a mapping: `mapping.json` → `scene.json`. */
export function scenePathOf(out: string): string {
  const name = basename(out)
  const named = name.includes('mapping')
    ? name.replace(/mapping(?!.*mapping)/, 'scene')
    : `${name.replace(/\.json$/, '')}.scene.json`
  return join(dirname(out), named)
}

const shown = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

/** `--infer <file> [--out <mapping>] [--scene <scene>]`. Null without `--infer`, or for help. Throws UsageError. */
export function parseInfer(argv: readonly string[]): InferOptions | null {
  if (!argv.some((word) => word === '--infer' || word.startsWith('--infer='))) return null
  const flags = parseFlags(argv, { infer: 'text', out: 'text', scene: 'text' }, 'npm start')
  if (flags === null) return null
  const path = flags.infer ?? ''
  if (!existsSync(path)) throw new UsageError(`--infer ${path}: no such file`)
  if (statSync(path).isDirectory())
    throw new UsageError(`--infer ${path}: expected a file, got a folder; name one of its files`)
  const out = resolve(flags.out ?? join(dirname(path), 'mapping.json'))
  if (!existsSync(dirname(out)))
    throw new UsageError(`--out ${flags.out}: its folder does not exist`)
  for (const file of [out, scenePathOf(out)])
    if (existsSync(file))
      throw new UsageError(
        `${shown(file)}: the file exists already and stays as it is; name another with --out`,
      )
  return { path, out, scene: flags.scene ?? FORMATS.csv.scene }
}

/** The first bytes of a file, without an incomplete last line. */
function headOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(HEAD_BYTES, statSync(path).size))
    let length = 0
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, length)
      length += read
      if (read === 0 || length === bytes.length) break
    }
    const head = bytes.subarray(0, length)
    const end = length < HEAD_BYTES ? -1 : head.lastIndexOf(LF)
    return end === -1 ? head : head.subarray(0, end + 1)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads the beginning of a log, writes a first mapping and a scene for it, and returns which parts are
 * sure and which are not. Throws UsageError.
 */
export async function infer(
  { path, out, scene: sceneName }: InferOptions,
  nowMs: number,
): Promise<{ text: string; exitCode: 0 | 1 }> {
  const { scene } = findScene(sceneName)
  const proposal = await propose({
    path,
    bytes: headOf(path),
    nowMs,
    scene,
    file: accessFile(path),
  })
  const { foreign, kind, table, mapping, written } = proposal
  if (foreign || kind === 'none') refuseDocument('--infer', path)
  if (foreign)
    throw new UsageError(`--infer ${path}: ${sentenceOf(foreign, path, 'name that').says}`)
  if (kind === 'none' && proposal.lines === 0)
    throw new UsageError(`--infer ${path}: expected a log, but no line of it can be read as text`)
  if (kind === 'none' && table === null)
    throw new UsageError(
      `--infer ${path}: expected a table (lines cut by comma, tab, semicolon, bar, :: or blanks) or JSON Lines, got neither`,
    )
  if (mapping !== null) {
    writeFileSync(out, `${JSON.stringify(written, null, 2)}\n`, { flag: 'wx' })
    writeFileSync(scenePathOf(out), `${JSON.stringify(proposal.scene, null, 2)}\n`, { flag: 'wx' })
  }
  const files = { path, mapping: shown(out), scene: shown(scenePathOf(out)) }
  return { text: printProposal(proposal, files), exitCode: kind === 'none' ? 1 : 0 }
}
