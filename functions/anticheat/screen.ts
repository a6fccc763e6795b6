import { anticheatOf } from '../contract/anticheat.ts'
import { closedKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, floorDay, isoSeconds } from '../contract/time.ts'
import { type ShardAccount, shardAccountSchema } from '../contract/verdict-report.ts'
import {
  FINDING_COLUMNS,
  type Finding,
  type FindingRow,
  type FindingsName,
  findingsKey,
  type ScreenPlan,
  shardAccountKey,
} from '../contract/verdicts.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet, writeParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import { shardOf } from '../math/hash.ts'
import { agreementOf } from './agreement.ts'
import type { Detector } from './detector.ts'
import { DETECTORS } from './detectors/detectors.ts'
import {
  SCREENED_COLUMNS,
  type ScreenedEvents,
  type ScreenedRow,
  screenedEvents,
} from './events.ts'
import { listScreened } from './plan-screen.ts'
import { countFalseFindings } from './redraw.ts'

export interface ScreenedShard {
  events: number
  /** By detector. */
  findings: Record<string, number>
}

type About = Parameters<Detector['detect']>[1]

/**
 * What one detector finds. A detector that throws fails the stage: InvalidInput, because a pure function
 * throws again.
 */
function runDetector(
  detector: Detector,
  events: ScreenedEvents,
  about: About,
  where: string,
): Finding[] {
  try {
    return detector.detect(events, about)
  } catch (cause) {
    throw new InvalidInput(
      `detector ${detector.name} failed on ${events.length} events of ${where}: ${(cause as Error).message}; this screening made no verdict, and nothing is trained`,
      { cause },
    )
  }
}

const rowOf = (finding: Finding): FindingRow => ({
  ...finding,
  items: JSON.stringify([...finding.items]),
})
const findingOf = ({ items, ...row }: FindingRow): Finding =>
  ({ ...row, items: JSON.parse(items) as string[] }) as Finding

/** The rows of findings in a fixed order. */
function findingRows(findings: readonly Finding[]): FindingRow[] {
  const rows = findings.map((finding) => {
    const row = rowOf(finding)
    return { row, text: canonicalJson([row.detector, row.subject, row.id, row.fromMs, row]) }
  })
  return rows.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ row }) => row)
}

/**
 * Screens one shard: the events of the items of its hash, of all hours of the screening. Writes what all
 * detectors find; a repeat writes the same bytes. Memory: the shard's events.
 */
export async function screenShard(
  lake: ObjectStore,
  scene: Scene,
  screen: ScreenPlan,
  shard: number,
  detectors: readonly Detector[] = DETECTORS,
): Promise<ScreenedShard> {
  const { closedThroughMs, fromMs, shards } = screen
  const files = await listScreened(lake, scene.scene, screen)
  const rows = await readRows<ScreenedRow>(lake, files.map(closedKey).sort(), {
    columns: SCREENED_COLUMNS,
    isWanted: ({ item }) => shardOf(item, shards) === shard,
  })
  const events = screenedEvents(rows)
  const { seed, honeypots } = anticheatOf(scene)
  const where = `${scene.scene} from ${isoSeconds(fromMs)} to ${isoSeconds(closedThroughMs)}`
  const run = (all: ScreenedEvents, about: About, what: string): Finding[] =>
    detectors.flatMap((detector) => runDetector(detector, all, about, what))
  const found = run(events, { seed, honeypots }, where)
  const findings = findingRows([...found, ...agreementOf(events, found)])
  const redraws = countFalseFindings(
    events,
    // Accused users have left the redraw, and so whatever touches a honeypot.
    (drawn) => run(drawn, { seed, honeypots: [] }, `${where}, drawn again`),
    // Each day draws other numbers.
    {
      accused: new Set(found.map(({ id }) => id)),
      seed: seed + floorDay(closedThroughMs) / DAY_MS,
    },
  )
  const name = { scene: scene.scene, closedThroughMs, shard }
  await lake.put(findingsKey(name), writeParquet(FINDING_COLUMNS, findings))
  const account: ShardAccount = { events: events.length, redraws }
  await lake.put(shardAccountKey(name), canonicalJson(account))
  const counts: Record<string, number> = {}
  for (const { detector } of found) counts[detector] = (counts[detector] ?? 0) + 1
  return { events: events.length, findings: counts }
}

type Screening = Pick<ScreenPlan, 'closedThroughMs' | 'shards'>
const shardsOf = (scene: string, { closedThroughMs, shards }: Screening): FindingsName[] =>
  Array.from({ length: shards }, (_, shard) => ({ scene, closedThroughMs, shard }))

/** The accounts of all shards. Throws ObjectMissing if a shard has not ended. */
export const readShardAccounts = (
  lake: ObjectStore,
  scene: string,
  screen: Screening,
): Promise<ShardAccount[]> =>
  readEach(shardsOf(scene, screen), (name) =>
    getJson(lake, shardAccountKey(name), shardAccountSchema),
  )

/** What all shards of a screening found. Throws ObjectMissing if a shard has not ended. */
export async function readFindings(
  lake: ObjectStore,
  scene: string,
  screen: Screening,
): Promise<Finding[]> {
  const read = await readEach(shardsOf(scene, screen), async (name) =>
    readParquet<FindingRow>(await lake.get(findingsKey(name))),
  )
  return read.flat().map(findingOf)
}
