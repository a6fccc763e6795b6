import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { infer, parseInfer } from '../../cdk/cli/infer/infer.ts'
import { parseLogs } from '../../cdk/cli/replay/options.ts'
import { sliceLogs } from '../../cdk/cli/replay/slices.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { takeIn } from '../intake/take-in.ts'
import { DAY0_MS } from '../make/events.ts'

const NOW_MS = DAY0_MS + 40 * DAY_MS
const HOURS = 30
const ROWS = HOURS * 60
const root = mkdtempSync(join(tmpdir(), 'rows-'))
afterAll(() => rmSync(root, { recursive: true }))

const path = (name: string): string => join(root, name)
beforeAll(async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  const select = `SELECT epoch_ms(${DAY0_MS} + i * 60000) AS event_time, 'user-' || (i % 37) AS user_id,
    'item-ü' || (i % 19) AS item_id, (i % 7 = 0)::INT AS clicked, {'device': 'phone'} AS context
    FROM range(${ROWS}) t(i)`
  const copy = (name: string, how: string) =>
    connection.run(`COPY (${select}) TO '${path(name)}' (FORMAT ${how})`)
  await copy('log.parquet', 'parquet')
  await copy('log.json', 'json, ARRAY true')
  await copy('log.jsonl', 'json')
  const array: unknown = JSON.parse(readFileSync(path('log.json'), 'utf8'))
  writeFileSync(path('indented.json'), JSON.stringify(array, null, 2))
  const mapping = {
    layout: 'parquet',
    ...{ time: { column: 'event_time', unit: 'iso' }, user: 'user_id', item: 'item_id' },
    ...{ label: { column: 'clicked', positive: ['1'] }, context: { device: 'context.device' } },
  }
  writeFileSync(path('mapping.json'), JSON.stringify(mapping))
})
const logsOf = (name: string, mapping = 'mapping.json') =>
  parseLogs({ logs: path(name), format: 'csv', mapping: path(mapping) })
const KINDS = ['log.parquet', 'log.json', 'indented.json']

describe('Parquet and JSON array logs', () => {
  test.each(KINDS)('The log %s is validated like the same JSON Lines', async (name) => {
    const { path: _, files, ...profile } = await profileLogs(logsOf(name).logs, NOW_MS)
    const asLines = await profileLogs(logsOf('log.jsonl').logs, NOW_MS)
    expect(files).toEqual([{ name, kind: 'events', lines: ROWS }])
    expect(profile).toMatchObject({ read: ROWS, accepted: ROWS })
    for (const part of ['time', 'objective', 'tiers'] as const)
      expect(profile[part]).toEqual(asLines[part])
  })

  test.each(KINDS)('The log %s is cut into hourly drops that intake accepts', async (name) => {
    const { logs, scene } = logsOf(name)
    const { records, drops } = await sliceLogs(logs, path('slices'))
    expect(records).toBe(ROWS)
    const cut = [...drops()]
    expect(cut).toHaveLength(HOURS)
    const { manifest } = await takeIn(cut[0]!.body, {
      key: `raw/feed/events/${cut[0]!.name}`,
      metadata: cut[0]!.metadata,
      logs: scene.logs!,
    })
    expect(manifest).toMatchObject({ read: 60, accepted: 60, quarantined: {}, refused: null })
  })

  test.each(KINDS)('The mapping inferred from %s reads that log', async (name) => {
    const out = path(`${name}.mapping.json`)
    await infer(parseInfer(['--infer', path(name), '--out', out])!, NOW_MS)
    const mapping = JSON.parse(readFileSync(out, 'utf8'))
    expect(mapping).toMatchObject({ user: 'user_id', item: 'item_id', layout: 'json-lines' })
    const profile = await profileLogs(logsOf(name, `${name}.mapping.json`).logs, NOW_MS)
    expect(profile).toMatchObject({ read: ROWS, accepted: ROWS })
  })
})
