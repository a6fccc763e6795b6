import { type ClaimsName, claimManifestKey, claimsKey } from '../../contract/claim-keys.ts'
import type { Claim, Withdrawal } from '../../contract/claims.ts'
import { type ClaimManifest, claimManifestSchema } from '../../contract/graph.ts'
import { sha256Hex } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import { getJson, type ObjectStore } from '../../core/objects.ts'
import { checkClaims, compareTexts, type Refusals, refuse } from './claim.ts'
import { decodeClaims, encodeClaims } from './encode.ts'

/** What one run of an extractor found. */
export interface ClaimBatch {
  claims: readonly Claim[]
  /** What made no claim, by reason. */
  refused: Refusals
  /** Sources that the run replaces, as the statement before this one. */
  withdrawn: readonly Withdrawal[]
  /** How many of them said that they are gone. Absent: none. */
  gone?: number
}

interface Digests {
  codeDigest: string
  configurationDigest: string
}

/** Each source once, with its latest time, in code-unit order. */
function mergeWithdrawals(withdrawn: readonly Withdrawal[]): Withdrawal[] {
  const latest = new Map<string, number>()
  for (const { source, throughMs } of withdrawn)
    latest.set(source, Math.max(throughMs, latest.get(source) ?? 0))
  return [...latest]
    .map(([source, throughMs]) => ({ source, throughMs }))
    .sort((a, b) => compareTexts(a.source, b.source))
}

/**
 * The file of a batch and its manifest. Claims that do not pass the check are refused and counted. Equal batches give
 * equal bytes. `bytes` is null where there is no claim, and then there is no file.
 */
export function packClaims(
  name: ClaimsName,
  batch: ClaimBatch,
  digests: Digests,
  relations?: ReadonlySet<string>,
): { bytes: Uint8Array | null; manifest: ClaimManifest } {
  const { claims, refused } = checkClaims(batch.claims, relations)
  for (const [reason, count] of Object.entries(batch.refused)) refuse(refused, reason, count)
  const bytes = claims.length > 0 ? encodeClaims(claims) : null
  const byRelation: Record<string, number> = {}
  for (const { relation } of claims) byRelation[relation] = (byRelation[relation] ?? 0) + 1
  const manifest: ClaimManifest = {
    ...{ scene: name.scene, maker: name.maker, madeMs: name.madeMs },
    key: bytes && claimsKey(name),
    sha256: bytes && sha256Hex(bytes),
    ...{ claims: claims.length, byRelation, refused },
    sources: [...new Set(claims.map(({ source }) => source))].sort(compareTexts),
    withdrawn: mergeWithdrawals(batch.withdrawn),
    gone: batch.gone ?? 0,
    ...digests,
  }
  return { bytes, manifest }
}

/**
 * Writes a batch: the claims, then the manifest, without which they do not count. Neither is ever written over: of two
 * writers with other claims, as a language model's, both end with those that came first. Returns the manifest that stands.
 */
export async function writeClaims(
  lake: ObjectStore,
  name: ClaimsName,
  batch: ClaimBatch,
  digests: Digests,
): Promise<ClaimManifest> {
  let { bytes, manifest } = packClaims(name, batch, digests)
  const key = claimsKey(name)
  if (bytes && !(await lake.putIfAbsent(key, bytes))) {
    const claims = await decodeClaims(await lake.get(key), key)
    manifest = packClaims(name, { ...batch, claims }, digests).manifest
  }
  const manifestKey = claimManifestKey(name)
  const json = JSON.stringify(manifest)
  if (await lake.putIfAbsent(manifestKey, json, 'application/json')) return manifest
  return getJson(lake, manifestKey, claimManifestSchema)
}

export const loadClaimManifest = (lake: ObjectStore, name: ClaimsName): Promise<ClaimManifest> =>
  getJson(lake, claimManifestKey(name), claimManifestSchema)

/** The claims that a manifest names. Throws ObjectMissing, and CorruptArtifact for other bytes. */
export async function readClaims(
  lake: ObjectStore,
  { key, sha256 }: Pick<ClaimManifest, 'key' | 'sha256'>,
): Promise<Claim[]> {
  if (key === null) return []
  const bytes = await lake.get(key)
  const found = sha256Hex(bytes)
  if (found !== sha256)
    throw new CorruptArtifact(`${key}: got bytes with the SHA-256 ${found}, expected ${sha256}`)
  return decodeClaims(bytes, key)
}
