import { sumReasons } from '../closing/drop-sums.ts'
import { sumUserCounts } from '../closing/user-counts.ts'
import {
  type SampleAccount,
  type SampleHour,
  type SampleManifest,
  sampleManifestSchema,
  samplePartAccountSchema,
} from '../contract/accounts.ts'
import { sampleManifestKey, samplePartAccountKey } from '../contract/keys.ts'
import type { RunPlan } from '../contract/training.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { joinKinds } from './kinds.ts'

/** Fields of an account that are absent if there is nothing to say. */
type Absent = 'synthetic' | 'trust' | 'excluded' | 'excludedOutcomes'
/** Sums of accounts. */
type SummedAccount = SampleAccount & Required<Omit<SampleAccount, Absent>>

/** Impressions that no verdict excludes. */
export const countTrusted = ({ impressions, excluded = {} }: SampleAccount): number =>
  Object.values(excluded).reduce((left, count) => left - count, impressions)

/** Adds accounts field by field. */
export function sumAccounts(accounts: readonly SampleAccount[]): SummedAccount {
  const sums: Omit<SummedAccount, Absent> = {
    impressions: 0,
    samples: 0,
    positives: 0,
    sampledOut: 0,
    immature: 0,
    known: 0,
    outcomes: 0,
    attributed: 0,
    otherOutcome: 0,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
  }
  for (const account of accounts)
    for (const name of Object.keys(sums) as (keyof typeof sums)[])
      sums[name] += account[name] ?? countTrusted(account)
  const synthetic = accounts.reduce((sum, account) => sum + (account.synthetic ?? 0), 0)
  const trust = accounts.reduce((sum, account) => sum + (account.trust ?? account.samples), 0)
  const excluded = sumReasons(accounts.map((account) => account.excluded ?? {}))
  const excludedOutcomes = sumReasons(accounts.map((account) => account.excludedOutcomes ?? {}))
  return {
    ...sums,
    ...(synthetic > 0 && { synthetic }),
    ...(accounts.some((account) => account.trust !== undefined) && { trust }),
    ...(Object.keys(excluded).length > 0 && { excluded }),
    ...(Object.keys(excludedOutcomes).length > 0 && { excludedOutcomes }),
  }
}

/** Adds the hours of all shards. Each shard has only some of the users of an hour. */
function sumHours(shards: readonly (readonly SampleHour[])[]): SampleHour[] {
  const sums = new Map<number, SampleHour>()
  for (const hour of shards.flat()) {
    const { hourMs, impressions, positives, known, excluded, users, drop } = hour
    const sum = sums.get(hourMs) ?? { hourMs, impressions: 0, positives: 0, known: 0 }
    sums.set(hourMs, sum)
    sum.impressions += impressions
    sum.positives += positives
    sum.known += known
    // Of the drops of the shards, the largest: a drop's users are in all shards.
    if (drop && (!sum.drop || drop.events > sum.drop.events)) sum.drop = drop
    if (users) sum.users = sumUserCounts(sum.users ? [sum.users, users] : [users])
    if (excluded) sum.excluded = sumReasons([sum.excluded ?? {}, excluded])
  }
  return [...sums.values()].sort((a, b) => a.hourMs - b.hourMs)
}

/**
 * Commits a sample set: makes its manifest from the accounts of its parts, and writes it last. If the
 * manifest exists, returns it. Throws ObjectMissing if a part was not made.
 */
export async function commitSampleSet(
  store: ObjectStore,
  scene: string,
  set: RunPlan['sets'][number],
): Promise<SampleManifest> {
  const name = { scene, fromMs: set.fromMs, inputsDigest: set.inputsDigest }
  const key = sampleManifestKey(name)
  const committed = await findJson(store, key, sampleManifestSchema)
  if (committed) return committed
  const parts = await Promise.all(
    Array.from({ length: set.shards }, (_, shard) =>
      getJson(store, samplePartAccountKey({ ...name, shard }), samplePartAccountSchema),
    ),
  )
  const kinds = joinKinds(parts.map((part) => part.kinds))
  const manifest: SampleManifest = {
    ...name,
    impressionKeys: parts[0]!.impressionKeys,
    files: parts.map(({ file }) => file),
    account: sumAccounts(parts.map(({ account }) => account)),
    hours: sumHours(parts.map(({ hours }) => hours)),
    ...(kinds && { kinds }),
  }
  await store.putIfAbsent(key, canonicalJson(manifest), 'application/json')
  return manifest
}

/** What a version's manifest keeps of a set: the exact files of all kinds, and the verdicts of its plan. */
export function pinSet(
  { fromMs, inputsDigest, files, kinds }: SampleManifest,
  planned: RunPlan['sets'],
) {
  const verdicts = planned.find((set) => set.inputsDigest === inputsDigest)?.verdicts
  return { fromMs, inputsDigest, files, ...(verdicts && { verdicts }), ...(kinds && { kinds }) }
}

/** The files that a training job gets. Our own trainer reads pointwise samples only. */
export const trainingKeys = (sets: readonly SampleManifest[], isOwnImage = true): string[] =>
  sets
    .flatMap(({ files, kinds }) =>
      isOwnImage
        ? files
        : [...files, ...(kinds?.pairs?.files ?? []), ...(kinds?.sequences?.files ?? [])],
    )
    .map(({ key }) => key)
