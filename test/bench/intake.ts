import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { WORLD_DEFAULTS } from '../../cdk/cli/world/options.ts'
import { createWorld } from '../../cdk/cli/world/world.ts'
import { readScene } from '../../cdk/config.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { bestRate, type Comparison } from './comparison.ts'

const RUNS = 3
const LINES = 200_000

/** The first lines of a clean seeded world, as one plain object. */
function makeLines(): string[] {
  const lines: string[] = []
  for (const { kind, name, body } of createWorld({
    ...WORLD_DEFAULTS,
    days: 14,
    dirt: 0,
    cheats: 0,
  }).drops()) {
    if (kind !== 'events') continue
    const raw = name.endsWith('.gz')
      ? gunzipSync(body)
      : name.endsWith('.zst')
        ? zstdDecompressSync(body)
        : body
    for (const line of Buffer.from(raw).toString().split('\n')) if (line !== '') lines.push(line)
    if (lines.length >= LINES) break
  }
  return lines.slice(0, LINES)
}

/**
 * JSON Lines → Parquet. Intake validates every field, hashes identifiers, sorts into hours and
 * keeps accounts; DuckDB, vectorized C++ on all cores, only infers types and copies.
 */
export async function benchIntake(): Promise<Comparison[]> {
  const lines = makeLines()
  const body = `${lines.join('\n')}\n`
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const scene = readScene(join(import.meta.dirname, '..', '..', 'cdk', 'scenes', 'feed.json'))
  const raw = memoryObjects('raw')
  raw.drop('raw/feed/events/bench.jsonl', body)
  const takeIn = () =>
    intakeDrop(
      {
        raw,
        lake: memoryObjects(),
        quarantine: memoryObjects(),
        configuration: { scenes: { feed: scene } },
        identityKey: 'key',
        producerKeys: async () => ({}),
        codeDigest: 'code',
      },
      {
        rawKey: 'raw/feed/events/bench.jsonl',
        versionId: null,
        arrivalMs: WORLD_DEFAULTS.startMs + 15 * 86_400_000,
        drop: '0'.repeat(32),
      },
    )
  try {
    writeFileSync(join(folder, 'events.jsonl'), body)
    const connection = await (await DuckDBInstance.create()).connect()
    const copy = () =>
      connection.run(
        `COPY (SELECT * FROM read_json_auto('${folder}/events.jsonl')) TO '${folder}/events.parquet' (FORMAT parquet)`,
      )
    const { accepted } = (await takeIn()).account
    return [
      {
        what: 'JSON Lines to Parquet',
        unit: 'lines/s',
        ours: await bestRate(lines.length, RUNS, takeIn),
        peer: 'DuckDB read_json_auto',
        peers: await bestRate(lines.length, RUNS, copy),
        note: `${accepted} of ${lines.length} accepted; DuckDB neither validates nor pseudonymizes, and uses every core`,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
