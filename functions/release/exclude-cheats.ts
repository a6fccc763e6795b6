import { newestSnapshot } from '../anticheat/snapshot.ts'
import { sampleManifestSchema } from '../contract/accounts.ts'
import { anticheatOf } from '../contract/anticheat.ts'
import { sampleManifestKey, versionManifestKey } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { versionManifestSchema } from '../contract/training.ts'
import { findJson } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { loadAncestry } from '../registry/ancestry.ts'
import { type Excluded, type ExcludePorts, exclude } from './exclude.ts'
import {
  type CheatedInterval,
  findCheatedHours,
  joinCheatedHours,
  type LearnedHour,
  SERVED_CHEATS_GATE,
  suspectHours,
} from './served-cheats.ts'

/** Adds what a version learned of some hours, as its sets count them. */
async function addLearned(
  { lake, models }: ExcludePorts,
  { scene, version, dataFromMs, dataThroughMs }: VersionRow,
  suspects: readonly number[],
  learned: Map<number, LearnedHour>,
): Promise<void> {
  // The late lane of a later version adds only a few events to an hour.
  const own = suspects.filter((hourMs) => hourMs >= dataFromMs && hourMs < dataThroughMs)
  if (own.length === 0) return
  const manifest = await findJson(models, versionManifestKey(scene, version), versionManifestSchema)
  const near = (manifest?.sets ?? []).filter(({ fromMs }) =>
    own.some((hourMs) => hourMs >= fromMs && hourMs < fromMs + DAY_MS),
  )
  const sets = await readEach(near, ({ fromMs, inputsDigest }) =>
    findJson(lake, sampleManifestKey({ scene, fromMs, inputsDigest }), sampleManifestSchema),
  )
  for (const hour of sets.flatMap((set) => set?.hours ?? []))
    if (own.includes(hour.hourMs)) learned.set(hour.hourMs, hour)
}

/** The intervals of the served chain that hold too many cheats by the newest snapshot. */
async function findServedCheats(
  ports: ExcludePorts,
  scene: Scene,
  nowMs: number,
): Promise<CheatedInterval[]> {
  if (anticheatOf(scene).screening === 'off') return []
  const current = await ports.registry.current()
  const snapshot = await newestSnapshot(ports.lake, scene.scene, nowMs)
  const hours = snapshot?.manifest.report?.hours ?? []
  const suspects = suspectHours(scene, hours).map(({ hourMs }) => hourMs)
  if (suspects.length === 0 || current === null || current.version === null) return []
  const chain = await loadAncestry(ports.registry, current.version)
  const learned = new Map<number, LearnedHour>()
  // A refused version is replaced by a run that has been started already.
  for (const row of chain.filter(({ status }) => status === 'accepted'))
    await addLearned(ports, row, suspects, learned)
  return joinCheatedHours(scene, findCheatedHours(scene, hours, learned))
}

/**
 * Excludes each interval of the served chain of which too much was a cheat, and regrows the chain
 * without it. Each is an exclusion of its own, a second apart. A retry after a crash excludes what is
 * left. If the crash came before the last exclusion had started its runs, the scheduled runs regrow.
 */
export async function excludeServedCheats(
  ports: ExcludePorts,
  scene: Scene,
  nowMs: number,
): Promise<Excluded[]> {
  const found = await findServedCheats(ports, scene, nowMs)
  const done: Excluded[] = []
  for (const [n, { fromMs, throughMs, reason, hours }] of found.entries()) {
    const evidence = { gate: SERVED_CHEATS_GATE, hours }
    const request = { fromMs, throughMs, reason, timeMs: nowMs + 1000 * n, evidence }
    done.push(await exclude(ports, scene, request))
  }
  return done
}
