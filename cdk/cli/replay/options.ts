import { existsSync, readFileSync } from 'node:fs'
import { type Mapping, mappingSchema } from '../../../functions/contract/mapping.ts'
import { type Scene, sceneSchema } from '../../../functions/contract/scene.ts'
import { DAY_MS, dayStart } from '../../../functions/contract/time.ts'
import { explain } from '../../config.ts'
import type { Given } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { findScene } from '../scenes.ts'
import { LOCAL_MAPPING, type LogsToReplay } from './files.ts'
import { FORMATS, type FormatName } from './formats.ts'

/** Flags for logs. They have the same meaning in npm start and npm run validate. */
export const LOG_FLAGS = ['format', 'mapping', 'from', 'to'] as const
export interface LogFlags extends Given<Record<(typeof LOG_FLAGS)[number] | 'scene', 'text'>> {
  readonly logs: string
}

function parseDay(flag: string, text: string): number {
  try {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new RangeError(text)
    return dayStart(text)
  } catch {
    throw new UsageError(`--${flag} ${text}: expected a date such as 1998-03-07`)
  }
}

/** Reads and checks a mapping. Throws UsageError. */
function readMapping(path: string): Mapping {
  if (!existsSync(path)) throw new UsageError(`--mapping ${path}: no such file`)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(
      `--mapping ${path}: expected a mapping as JSON: ${(error as Error).message}`,
    )
  }
  const parsed = mappingSchema.safeParse(value)
  if (!parsed.success)
    throw new UsageError(explain(`--mapping ${path}`, value, parsed.error, 'a mapping').message)
  return parsed.data
}

/**
 * The scene with the mapping added, as a deployment has it under `logs.mappings`. Replayed logs are
 * decoded when they are cut, so its drops are always UTF-8.
 */
function withMapping(scene: Scene, mapping: Mapping, path: string): Scene {
  const local = { ...mapping, encoding: 'utf-8' }
  const mappings = { ...scene.logs?.mappings, [LOCAL_MAPPING]: local }
  const value = { ...scene, logs: { ...scene.logs, mappings } }
  const parsed = sceneSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const { path: at, message } = parsed.error.issues[0]!
  throw new UsageError(`--mapping ${path}: ${at.slice(3).map(String).join('.')}: ${message}`)
}

/** Flags → the logs and their scene. Throws UsageError. */
export function parseLogs({
  logs: path,
  format,
  scene: sceneName,
  mapping: mappingPath,
  from,
  to,
}: LogFlags): {
  logs: LogsToReplay
  scene: Scene
  own: boolean
} {
  if (format === undefined || !Object.hasOwn(FORMATS, format))
    throw new UsageError(
      `--format ${format ?? 'is missing'}: expected one of ${Object.keys(FORMATS).join(', ')}`,
    )
  if (!existsSync(path)) throw new UsageError(`--logs ${path}: no such file or folder`)
  const fromMs = from === undefined ? null : parseDay('from', from)
  const lastDayMs = to === undefined ? null : parseDay('to', to)
  if (fromMs !== null && lastDayMs !== null && lastDayMs < fromMs)
    throw new UsageError(`--from ${from} is after --to ${to}`)
  if (mappingPath !== undefined && format !== 'csv')
    throw new UsageError(`--mapping: expected --format csv, got --format ${format}`)
  if (mappingPath === undefined && format === 'csv')
    throw new UsageError(
      `--format csv needs --mapping <file>; npm start -- --infer ${path} writes a first one`,
    )
  const found = findScene(sceneName ?? FORMATS[format as FormatName].scene)
  const mapping = mappingPath === undefined ? null : readMapping(mappingPath)
  const scene = mapping ? withMapping(found.scene, mapping, mappingPath!) : found.scene
  const throughMs = lastDayMs === null ? null : lastDayMs + DAY_MS
  return {
    logs: { path, format: format as FormatName, scene, mapping, fromMs, throughMs },
    scene,
    own: found.own || mapping !== null,
  }
}
