import { anticheatOf } from '../contract/anticheat.ts'
import { closedKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import {
  FINDING_COLUMNS,
  type Finding,
  type FindingRow,
  findingsKey,
  type ScreenPlan,
} from '../contract/verdicts.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
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

export interface ScreenedShard {
  events: number
  /** By detector. */
  findings: Record<string, number>
}

/**
 * What one detector finds. A detector that throws fails the stage: InvalidInput, because a pure function
 * throws again.
 */
function runDetector(
  detector: Detector,
  events: ScreenedEvents,
  about: Parameters<Detector['detect']>[1],
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
  const found = detectors.flatMap((detector) =>
    runDetector(detector, events, { seed, honeypots }, where),
  )
  const findings = findingRows([...found, ...agreementOf(events, found)])
  const key = findingsKey({ scene: scene.scene, closedThroughMs, shard })
  await lake.put(key, writeParquet(FINDING_COLUMNS, findings))
  const counts: Record<string, number> = {}
  for (const { detector } of found) counts[detector] = (counts[detector] ?? 0) + 1
  return { events: events.length, findings: counts }
}

/** What all shards of a screening found. Throws ObjectMissing if a shard has not ended. */
export async function readFindings(
  lake: ObjectStore,
  scene: string,
  { closedThroughMs, shards }: Pick<ScreenPlan, 'closedThroughMs' | 'shards'>,
): Promise<Finding[]> {
  const all = Array.from({ length: shards }, (_, shard) => shard)
  const read = await readEach(all, async (shard) =>
    readParquet<FindingRow>(await lake.get(findingsKey({ scene, closedThroughMs, shard }))),
  )
  return read.flat().map(findingOf)
}
