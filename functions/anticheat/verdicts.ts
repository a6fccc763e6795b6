import { anticheatOf, type Statement } from '../contract/anticheat.ts'
import { closedKey } from '../contract/keys.ts'
import { longestWindowMs, type Scene } from '../contract/scene.ts'
import type { ScreenPlan, VerdictManifest } from '../contract/verdicts.ts'
import { digestOf } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { AGREEMENT } from './agreement.ts'
import { findCorrections, putCorrections } from './corrections.ts'
import { countVerdict, createCounted, reportVerdicts } from './count-verdicts.ts'
import { type Judgement, judge } from './judge.ts'
import { indexVerdicts } from './match.ts'
import { createHoldback } from './measure-holdback.ts'
import { listScreened } from './plan-screen.ts'
import { publishVerdicts } from './publish.ts'
import { restateVerdicts } from './restate.ts'
import { readFindings, readShardAccounts } from './screen.ts'
import { loadVerdicts, newestSnapshot, prepareSnapshot, putManifest } from './snapshot.ts'

export interface VerdictPorts {
  lake: ObjectStore
  online: Pick<TableStore, 'putAll' | 'putIfGreater'>
  /** What operators said, at any time. */
  statements: () => Promise<readonly Statement[]>
}
export interface MadeVerdicts {
  manifest: VerdictManifest
  counts: Judgement['counts']
  /** Events that left all counts, and that came back. */
  corrected: { removed: number; restored: number }
  /** Users with a row online. */
  users: number
}

/** The end of the years that keys can name. */
const LATEST_MS = 9_999_999_999_999

/** Whether this screening is made, or a later one: then its corrections would count twice. */
async function isOvertaken(lake: ObjectStore, scene: string, screen: ScreenPlan): Promise<boolean> {
  const newest = await newestSnapshot(lake, scene, LATEST_MS)
  return newest !== null && newest.manifest.screenedThroughMs >= screen.closedThroughMs
}

/**
 * Makes the verdicts of a screening. The manifest comes last: only then the snapshot is there, the
 * corrections and the online rows are complete, and later runs do not screen again. A repeat before that
 * writes the same bytes. Null: this screening, or a later one, was made already.
 */
export async function makeVerdicts(
  { lake, online, statements }: VerdictPorts,
  scene: Scene,
  screen: ScreenPlan,
  detectorsDigest: string,
): Promise<MadeVerdicts | null> {
  const name = scene.scene
  const { closedThroughMs, madeMs, fromMs, previous } = screen
  if (await isOvertaken(lake, name, screen)) return null
  const { holdback: share, seed, honeypots } = anticheatOf(scene)
  const [findings, shards, before, stated, files] = await Promise.all([
    readFindings(lake, name, screen),
    readShardAccounts(lake, name, screen),
    previous ? loadVerdicts(lake, previous) : [],
    statements(),
    listScreened(lake, name, screen),
  ])
  const spoken = stated.filter(({ saidMs }) => saidMs <= madeMs)
  const holdback = { share, seed }
  const judgement = judge({
    findings,
    previous: before,
    statements: spoken,
    screenedMs: madeMs,
    holdback,
  })
  const { verdicts } = judgement
  const interval = { fromMs: closedThroughMs - longestWindowMs(scene), closedThroughMs }
  const counted = createCounted(fromMs, honeypots, createHoldback(verdicts, holdback))
  const corrections = await findCorrections(
    lake,
    name,
    interval,
    indexVerdicts(verdicts),
    (row, match) => countVerdict(counted, row, match),
    fromMs,
  )
  const closed = files.map(closedKey).sort()
  const snapshot = await prepareSnapshot(
    lake,
    {
      scene: name,
      madeMs,
      previousMs: previous?.madeMs ?? null,
      screenedFromMs: fromMs,
      screenedThroughMs: closedThroughMs,
      detectorsDigest,
      inputsDigest: digestOf({ closed, previous, spoken, holdback, shards: screen.shards }),
      report: reportVerdicts(
        counted,
        findings.filter(({ detector }) => detector !== AGREEMENT),
        judgement,
        shards,
      ),
    },
    verdicts,
  )
  await putCorrections(lake, name, closedThroughMs, corrections)
  const { users } = await publishVerdicts(online, snapshot.manifest, verdicts)
  await putManifest(lake, snapshot)
  const newest = await newestSnapshot(lake, name, LATEST_MS)
  // An operator's statement has made a newer snapshot meanwhile, which lacks these findings.
  if (newest && newest.manifest.madeMs > madeMs)
    await restateVerdicts({ lake, online, statements }, scene, newest.manifest.madeMs)
  const removed = corrections.filter(({ sign }) => sign === -1).length
  return {
    manifest: snapshot.manifest,
    counts: judgement.counts,
    corrected: { removed, restored: corrections.length - removed },
    users,
  }
}
