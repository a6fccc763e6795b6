import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { agreementOf } from '../../../functions/anticheat/agreement.ts'
import { DETECTORS } from '../../../functions/anticheat/detectors/detectors.ts'
import {
  SCREENED_COLUMNS,
  type ScreenedRow,
  screenedEvents,
} from '../../../functions/anticheat/events.ts'
import { anticheatOf } from '../../../functions/contract/anticheat.ts'
import { readParquet } from '../../../functions/core/parquet.ts'
import { shardOf } from '../../../functions/math/hash.ts'
import { readShippedScene } from '../scenes.ts'

/** Screens one shard of a folder of closed files in a process of its own, whose work it prints as JSON. */
const [folder, shard, shards] = process.argv.slice(2) as [string, string, string]
const rows: ScreenedRow[] = []
for (const name of readdirSync(folder).sort())
  for (const row of await readParquet<ScreenedRow>(
    readFileSync(join(folder, name)),
    SCREENED_COLUMNS,
  ))
    if (shardOf(row.item, Number(shards)) === Number(shard)) rows.push(row)
const readCpu = process.cpuUsage()
const events = screenedEvents(rows)
rows.length = 0
const { seed, honeypots } = anticheatOf(readShippedScene('feed'))
const found = DETECTORS.flatMap(({ detect }) => detect(events, { seed, honeypots }))
const findings = [...found, ...agreementOf(events, found)]
const accused: Record<string, string[]> = {}
for (const [name, own] of Object.entries(Object.groupBy(found, ({ detector }) => detector)))
  accused[name] = [...new Set(own!.map(({ id }) => id))].sort()
const { user, system } = process.cpuUsage()
process.stdout.write(
  JSON.stringify({
    events: events.length,
    findings: findings.length,
    cpuSeconds: (user + system) / 1e6,
    readSeconds: (readCpu.user + readCpu.system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
    accused,
  }),
)
