import { versionEvaluationKey, versionManifestKey } from '../contract/keys.ts'
import type { DecisionRow, ReleaseRow, ScoreRow, VersionRow } from '../contract/registry.ts'
import {
  evaluationSchema,
  type Interval,
  type Verdict,
  versionManifestSchema,
} from '../contract/training.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { loadAncestry } from '../registry/ancestry.ts'
import type { Registry } from '../registry/registry.ts'
import { loadMissing } from './served-before.ts'

export interface Explanation {
  release: ReleaseRow
  isServed: boolean
  isOnTrial: boolean
  /** The version or object of it that was collected; null where it is whole and can be served again. */
  missing: string | null
  status: VersionRow['status']
  /** The decision that made it, and later decisions about it, in order of time. */
  decisions: DecisionRow[]
  verdicts: Verdict[]
  /** Of its version, on later intervals before it was trained on them. */
  scores: ScoreRow[]
  /** The samples that each version of its chain was trained on, from its version to the root. */
  data: LearnedFrom[]
}
interface LearnedFrom extends Interval {
  version: string
  tier: VersionRow['tier']
  rows: number
  positives: number
  manifestDigest: string
  codeDigest: string
  configurationDigest: string
  exclusions: Interval[]
}

/**
 * Explains a release: its files with their digests, the decision with the gates' verdicts, and the
 * exact samples along its chain. Reads one manifest for each version of the chain. Throws
 * InvalidInput where nothing is served or there is no such release.
 */
export async function explainRelease(
  models: ObjectStore,
  registry: Registry,
  sequence?: number,
): Promise<Explanation> {
  const current = await registry.current()
  if (!current) throw new InvalidInput('nothing is served yet: there is no release to explain')
  const release = await registry.release(sequence ?? current.sequence)
  if (!release)
    throw new InvalidInput(
      `there is no release ${sequence}: the last one is ${current.lastSequence}`,
    )
  const { scene, version } = release
  const [chain, evaluation, scores, decisions, missingOf] = await Promise.all([
    loadAncestry(registry, version),
    findJson(models, versionEvaluationKey(scene, version), evaluationSchema),
    registry.scores(version),
    registry.decisions(),
    loadMissing(registry),
  ])
  const manifests = await readEach(chain, (row) =>
    findJson(models, versionManifestKey(scene, row.version), versionManifestSchema),
  )
  return {
    release,
    isServed: current.version !== null && current.sequence === release.sequence,
    isOnTrial: current.canary?.sequence === release.sequence,
    missing: missingOf(release),
    status: chain[0]!.status,
    decisions: decisions
      .filter(
        ({ from, to, kind }) =>
          to === release.sequence || (from === release.sequence && kind === 'rollback'),
      )
      .filter(({ from, to, version: subject }) => from !== to || subject === version),
    verdicts: evaluation?.verdicts ?? [],
    scores,
    data: chain.map((row, i) => ({
      version: row.version,
      tier: row.tier,
      fromMs: row.dataFromMs,
      throughMs: row.dataThroughMs,
      rows: row.rows,
      positives: row.positives,
      manifestDigest: row.manifestDigest,
      codeDigest: row.codeDigest,
      configurationDigest: row.configurationDigest,
      exclusions: manifests[i]?.exclusions ?? [],
    })),
  }
}
