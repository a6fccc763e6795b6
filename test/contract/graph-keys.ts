import * as keys from '../../functions/contract/keys.ts'

/** Every key of the room `graph` that one scene can have, by its family. */
export function graphKeysOf(name: {
  scene: string
  drop: string
  generation: string
  hour: number
  number: number
}) {
  const { scene, drop, generation, hour, number } = name
  const claims = { scene, maker: 'catalogue' as const, madeMs: hour, digest: drop }
  const set = { scene, dayMs: hour, digest: drop }
  return {
    claimFiles: [keys.claimsKey(claims)],
    claimManifests: [keys.claimManifestKey(claims)],
    modelAnswers: [keys.modelAnswerKey(scene, drop)],
    graphFiles: [
      keys.graphShardKey({ scene, generation, table: 'facts', shard: number, digest: drop }),
      keys.graphShardKey({ scene, generation, table: 'withdrawn', shard: number, digest: drop }),
      keys.graphPlanKey(scene, generation),
      keys.graphSnapshotKey({ scene, generation, n: number, digest: drop }),
      keys.graphExportKey({ scene, generation, n: number, name: 'nodes.csv' }),
      keys.graphLearnedKey(scene, generation),
      keys.graphNamesKey(scene, generation),
      keys.graphLinksKey(scene, generation),
      keys.graphManifestKey(scene, generation),
      keys.graphReportKey(scene, generation),
    ],
    preferenceFiles: [keys.preferencesKey(set)],
    preferenceManifests: [keys.preferenceManifestKey(set)],
    answerReports: [keys.answerReportKey(scene, hour)],
    trainerDataFiles: keys.TRAINER_FILES.map((file) => keys.trainerDataKey(scene, file)),
  } satisfies Partial<Record<keyof typeof keys, string[]>>
}
