import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { closeHour } from '../../functions/closing/close.ts'
import { EVENT_COLUMNS, type EventRow } from '../../functions/contract/rows.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'

/**
 * Closes the hours of one folder into another, in a process of its own, whose work it prints as JSON: the CPU
 * time of the decisions alone, without reading and writing.
 */
const [from, to] = process.argv.slice(2) as [string, string]
let [events, kept, cpuSeconds] = [0, 0, 0]
for (const name of readdirSync(from).sort()) {
  const rows = await readParquet<EventRow>(readFileSync(join(from, name)))
  const hour = { hourMs: Number.parseInt(name, 10), lane: 'first' as const, earlierKeys: [] }
  const before = process.cpuUsage()
  const closed = closeHour({ ...hour, cleanKeys: [], accepted: rows.length }, rows)
  const { user, system } = process.cpuUsage(before)
  cpuSeconds += (user + system) / 1e6
  events += rows.length
  kept += closed.kept.length
  writeFileSync(join(to, name), writeParquet(EVENT_COLUMNS, closed.kept))
}
const peakMb = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ events, kept, cpuSeconds, peakMb }))
