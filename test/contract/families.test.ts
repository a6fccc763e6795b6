import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Family, prefixOf } from '../../functions/contract/family.ts'
import * as keys from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import * as verdictKeys from '../../functions/contract/verdicts.ts'
import { graphKeysOf } from './graph-keys.ts'

const isFamily = (value: unknown): value is Family =>
  typeof value === 'object' && value !== null && 'retention' in value
/** Every family that the contract declares, by its name. */
const FAMILIES = new Map(
  Object.entries(keys).flatMap(([name, value]) =>
    isFamily(value) ? [[name, value] as const] : [],
  ),
)

/** As IAM matches: `*` is any run of characters, slashes among them. */
const matches = (pattern: string, key: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(key)

const scene = fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/)
const drop = fc.stringMatching(/^[0-9a-f]{32}$/)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const hour = fc.integer({ min: 0, max: 800_000 }).map((n) => n * HOUR_MS)
const number = fc.nat(99_999)
const names = fc.record({
  scene,
  drop,
  digest,
  hour,
  number,
  tier: fc.constantFrom('full', 'daily'),
})

/** Every key that one scene can have, by its family. */
function keysOf(name: {
  scene: string
  drop: string
  digest: string
  hour: number
  number: number
  tier: string
}) {
  const { scene, drop, digest, hour, number, tier } = name
  const named = { scene, drop, arrivalMs: hour, part: number }
  const set = { scene, fromMs: Math.floor(hour / DAY_MS) * DAY_MS, inputsDigest: digest }
  const version = keys.versionId({ tier, dataThroughMs: hour, digest })
  const generation = `${digest.slice(0, 8)}-${String(hour).padStart(13, '0')}`
  return {
    rawObjects: [
      keys.rawKey(scene, 'events', `${drop}.jsonl`),
      keys.rawKey(scene, 'items', 'a/b.gz'),
    ],
    quarantined: [keys.quarantineKey(scene, named, number)],
    cleanEventFiles: [keys.cleanEventsKey({ ...named, hourMs: hour })],
    cleanItemFiles: [keys.cleanEntitiesKey({ ...named, kind: 'items' })],
    cleanUserFiles: [keys.cleanEntitiesKey({ ...named, kind: 'users' })],
    parityAccounts: [keys.parityKey({ scene, scheduledMs: hour })],
    cleanServedFiles: [keys.cleanServedKey(named)],
    cleanDocumentFiles: [keys.cleanEntitiesKey({ ...named, kind: 'documents' })],
    dropManifests: [keys.dropManifestKey(scene, named)],
    closingPlans: [keys.closingPlanKey(scene, hour)],
    closingSuccessors: [keys.closingSuccessorKey(scene, hour)],
    closingCommits: [keys.closingCommitKey(scene, hour)],
    closingAccounts: [keys.closingAccountKey(scene, hour, number)],
    closingAttempts: [
      keys.closingAttemptKey(scene, hour, { closedThroughMs: hour, piece: number }),
    ],
    runPlans: [keys.runPlanKey(scene, tier, hour)],
    closedFiles: [
      keys.closedKey({ scene, hourMs: hour, closedThroughMs: hour, accepted: number }),
      keys.closedExclusionsKey({ scene, hourMs: hour, closedThroughMs: hour, accepted: number }),
      keys.closedKey({
        ...{ scene, hourMs: hour, closedThroughMs: hour, accepted: number },
        ...{ shard: number, shards: number + 1 },
      }),
    ],
    counterFiles: [keys.countersKey({ scene, closedThroughMs: hour, piece: number })],
    correctionFiles: [verdictKeys.correctionsKey({ scene, closedThroughMs: hour })],
    findingFiles: [
      verdictKeys.findingsKey({ scene, closedThroughMs: hour, shard: number }),
      verdictKeys.shardAccountKey({ scene, closedThroughMs: hour, shard: number }),
    ],
    verdictFiles: [
      verdictKeys.verdictsKey({ scene, madeMs: hour }),
      verdictKeys.verdictManifestKey({ scene, madeMs: hour }),
    ],
    usedSignatures: [keys.usedSignatureKey({ scene, signedMs: hour, signature: digest })],
    deltaFiles: [keys.deltaKey(named)],
    stateFiles: [
      keys.statesKey({
        ...{ scene, series: digest.slice(0, 8) },
        ...{ closedThroughMs: hour, piece: number },
      }),
    ],
    sampleParts: [keys.samplePartKey({ ...set, shard: number })],
    samplePartAccounts: [keys.samplePartAccountKey({ ...set, shard: number })],
    pairParts: [keys.sampleKindKey({ ...set, shard: number, kind: 'pairs' })],
    sequenceParts: [keys.sampleKindKey({ ...set, shard: number, kind: 'sequences' })],
    sampleManifests: [keys.sampleManifestKey(set)],
    reports: [keys.reportKey(scene)],
    versionManifests: [keys.versionManifestKey(scene, version)],
    runChannels: [keys.versionRunKey(scene, version)],
    samplesChannels: [keys.versionSamplesChannelKey(scene, version)],
    modelsChannels: [keys.versionModelsChannelKey(scene, version)],
    checkpoints: [`${keys.versionCheckpointPrefix(scene, version)}state.bin`],
    jobFolders: [
      keys.jobOutputKey(scene, version, 'model'),
      keys.jobOutputKey(scene, version, 'output'),
    ],
    modelFiles: [keys.versionModelKey(scene, version)],
    evaluations: [keys.versionEvaluationKey(scene, version)],
    searchQueryFiles: [keys.searchQueriesKey(scene, hour)],
    searchFiles: [
      keys.searchDefinitionKey(scene, version),
      keys.searchSegmentKey(scene, version, digest, 'index'),
      keys.searchDeletionsKey(scene, version, digest),
      keys.searchSnapshotKey(scene, version, number, digest),
      keys.searchComparisonKey(scene, version),
      keys.searchLatentKey(scene, version, digest),
      keys.searchRefusedKey(scene, version, digest),
    ],
    spaceFiles: [
      keys.spaceKey(scene, generation, 'items'),
      keys.spaceKey(scene, generation, 'documents'),
      keys.spaceManifestKey(scene, generation),
      keys.spaceComparisonKey(scene, generation),
      keys.vectorIndexKey(scene, generation, 'in'),
      keys.placedItemsKey(scene, generation, hour),
    ],
    ...graphKeysOf({ scene, drop, generation, hour, number }),
    spaceUserFiles: [
      keys.spaceUsersKey(scene, generation),
      keys.placedUsersKey(scene, generation, hour),
    ],
    spaceRunChannels: [
      keys.spaceRunKey(scene, generation),
      keys.spaceGraphKey(scene, generation, 'held-out'),
    ],
    spaceCheckpoints: [`${keys.spaceCheckpointPrefix(scene, generation)}training.qmt`],
    spaceJobFolders: [
      keys.spaceJobOutputKey(scene, generation, keys.spaceJobName(scene, generation)),
    ],
  } satisfies Partial<Record<keyof typeof keys, string[]>>
}

/** Folders, and files of one kind within them. */
const WIDER = [
  'closings',
  'sampleFiles',
  'versionFiles',
  'versionRuns',
  'modelArchives',
  'outputArchives',
  'spaceTrainings',
]

describe('A family of keys', () => {
  test('Every declared key family is tested with keys of its own', () => {
    const [tried] = fc.sample(names, { numRuns: 1, seed: 1 }).map(keysOf)
    const declared = [...FAMILIES.keys()].filter((name) => !WIDER.includes(name))
    expect(Object.keys(tried!).sort()).toEqual(declared.sort())
  })

  test('A family covers every key of its own and no other', () => {
    fc.assert(
      fc.property(names, (name) => {
        const families = keysOf(name)
        for (const [family, own] of Object.entries(families)) {
          const { pattern } = FAMILIES.get(family)!
          for (const [other, found] of Object.entries(families))
            for (const key of found)
              expect(matches(pattern, key), `${pattern} on ${key}`).toBe(other === family)
          expect(own.length).toBeGreaterThan(0)
        }
      }),
    )
  })

  test('The family of a folder covers all families in it', () => {
    const [{ closingPlans, closingCommits, closingAccounts, ...rest }] = fc
      .sample(names, { numRuns: 1, seed: 1 })
      .map(keysOf) as [ReturnType<typeof keysOf>]
    const samples = [
      rest.sampleParts,
      rest.samplePartAccounts,
      rest.pairParts,
      rest.sequenceParts,
      rest.sampleManifests,
    ].flat()
    for (const key of [closingPlans, closingCommits, closingAccounts].flat())
      expect(matches(keys.closings.pattern, key), key).toBe(true)
    for (const key of samples) expect(matches(keys.sampleFiles.pattern, key), key).toBe(true)
  })

  test('A job archive family covers one archive, inside the job folder', () => {
    const model = keys.jobOutputKey('feed', 'daily-20250101-0123abcd', 'model')
    const output = keys.jobOutputKey('feed', 'daily-20250101-0123abcd', 'output')
    expect(matches(keys.modelArchives.pattern, model)).toBe(true)
    expect(matches(keys.modelArchives.pattern, output)).toBe(false)
    expect(matches(keys.outputArchives.pattern, output)).toBe(true)
    expect(matches(keys.versionRuns.pattern, keys.versionRunKey('feed', 'v'))).toBe(true)
  })

  test('The training job family matches all our jobs and no others', () => {
    expect(prefixOf(keys.ALL_TRAINING_JOBS)).toBe('qm-')
    const job = keys.trainingJobName('feed', 'daily-20250101-0123abcd')
    expect(matches(keys.ALL_TRAINING_JOBS.pattern, job)).toBe(true)
    expect(matches(keys.ALL_TRAINING_JOBS.pattern, `other-${job}`)).toBe(false)
  })
})
