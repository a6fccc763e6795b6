import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogsToReplay } from '../../cdk/cli/replay/files.ts'
import { FORMATS, type FormatName } from '../../cdk/cli/replay/formats.ts'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { readScene } from '../../cdk/config.ts'
import { DAY_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

export const NOW_MS = DAY0_MS + 40 * DAY_MS

const root = mkdtempSync(join(tmpdir(), 'validate-'))

let folders = 0

export function logsOf(path: string, format: FormatName): LogsToReplay {
  const scene = readScene(join(ROOT, 'cdk', 'scenes', `${FORMATS[format].scene}.json`))
  return { path, format, scene, mapping: null, fromMs: null, throughMs: null }
}

export function write(files: Record<string, string | Uint8Array>): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, name), body)
  return folder
}

export async function validate(path: string, format: FormatName, nowMs = NOW_MS) {
  const logs = logsOf(path, format)
  const profile = await profileLogs(logs, nowMs)
  const findings = findingsOf(profile, logs.scene, nowMs)
  const named = (severity: string) =>
    findings.filter((found) => found.severity === severity).map(({ name }) => name)
  return { profile, serious: named('serious'), warnings: named('warning'), notes: named('note') }
}

export const exact = (count: number) => ({ count, isExact: true })

export const impression = (n: number, fields: object = {}): string =>
  JSON.stringify({
    type: 'impression',
    eventId: `e${n}`,
    timeMs: DAY0_MS + n * MINUTE_MS,
    userId: `anna.karenina.${n % 7}@example.org`,
    itemId: `i${n % 5}`,
    requestId: `r${n}`,
    position: 1,
    ...fields,
  })

export const click = (n: number, fields: object = {}): string =>
  impression(n, {
    type: 'outcome',
    outcome: 'click',
    eventId: `c${n}`,
    timeMs: DAY0_MS + n * MINUTE_MS + 1000,
    position: undefined,
    ...fields,
  })

/** Five days, an impression every minute, every tenth clicked. */
export const sound = (count = 7200): string[] =>
  Array.from({ length: count }, (_, n) => [
    impression(n),
    ...(n % 10 === 0 ? [click(n)] : []),
  ]).flat()
