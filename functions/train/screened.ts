import { loadVerdicts, newestSnapshot, type Snapshot } from '../anticheat/snapshot.ts'
import { anticheatOf } from '../contract/anticheat.ts'
import type { Scene } from '../contract/scene.ts'
import { isoSeconds } from '../contract/time.ts'
import type { VerdictManifest } from '../contract/verdicts.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { PlannedVerdicts } from '../samples/verdicts.ts'
import type { RunDecision } from './plan.ts'

/** The snapshot that a run pins: the newest that was made by its time. */
export interface PinnedSnapshot {
  verdicts: PlannedVerdicts | null
  manifest: VerdictManifest | null
}

const isScreened = (scene: Scene): boolean => anticheatOf(scene).screening !== 'off'

/**
 * Pins a snapshot with its verdicts. Null: the scene has none yet, or its configuration switches
 * screening off. Memory: about 300 bytes a verdict.
 */
export async function pinSnapshot(
  lake: ObjectStore,
  scene: Scene,
  scheduledMs: number,
): Promise<PinnedSnapshot> {
  const found: Snapshot | null = isScreened(scene)
    ? await newestSnapshot(lake, scene.scene, scheduledMs)
    : null
  if (found === null) return { verdicts: null, manifest: null }
  const { key, digest, manifest } = found
  const pinned = { key, digest }
  return { verdicts: { pinned, rows: await loadVerdicts(lake, pinned) }, manifest }
}

type Interval = Pick<RunDecision, 'tier' | 'dataFromMs' | 'dataThroughMs'>

/**
 * Why a run may not train yet: a full or daily learns only from events that detectors have seen. An
 * hourly increment comes before their daily screening, and uses the verdicts that there are. Null: it
 * may train.
 */
export function unscreenedReason(
  scene: Scene,
  { tier, dataFromMs, dataThroughMs }: Interval,
  manifest: Pick<VerdictManifest, 'screenedThroughMs'> | null,
): string | null {
  if (tier === 'hourly' || !isScreened(scene) || dataThroughMs <= dataFromMs) return null
  const wait = `detectors must have seen its events through ${isoSeconds(dataThroughMs)}`
  if (manifest === null)
    return `no screening was made yet, and ${wait}: the first hourly run that closes the end of a day makes one, and the interval joins the next run's`
  if (manifest.screenedThroughMs >= dataThroughMs) return null
  return `events are screened through ${isoSeconds(manifest.screenedThroughMs)} only, and ${wait}: the interval joins the next run's`
}

/**
 * What the version says of its screening, if its verdicts do not cover its whole interval by the
 * newest screening. Null: they do, or it is an increment.
 */
export function screeningNote(
  scene: Scene,
  { tier, dataFromMs }: Pick<Interval, 'tier' | 'dataFromMs'>,
  manifest: Pick<VerdictManifest, 'screenedFromMs'> | null,
): string | null {
  if (!isScreened(scene))
    return 'trained without verdicts: the configuration switches screening off'
  if (tier !== 'full' || manifest === null || manifest.screenedFromMs <= dataFromMs) return null
  return `the newest screening begins at ${isoSeconds(manifest.screenedFromMs)}: for earlier days it has the verdicts that still hold`
}
