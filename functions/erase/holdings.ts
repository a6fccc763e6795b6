import type { Family } from '../contract/family.ts'
import * as keys from '../contract/keys.ts'
import { findingFiles } from '../contract/verdicts.ts'

/**
 * Every family of keys, by what an erasure does about it. A test compares this list with all families that stages
 * declare, so that a new one is not forgotten.
 */

/** The lake's families that name users, in the order of the data: what a later one is made of comes first. */
export const REWRITTEN = {
  'clean events': keys.cleanEventFiles,
  'clean served': keys.cleanServedFiles,
  'clean users': keys.cleanUserFiles,
  closed: keys.closedFiles,
  corrections: keys.correctionFiles,
  counters: keys.counterFiles,
  deltas: keys.deltaFiles,
  states: keys.stateFiles,
  findings: findingFiles,
} as const satisfies Record<string, Family<'lake'>>

/** Families that name users and have a step of their own. */
export const OWN_STEPS = {
  verdicts: keys.verdictFiles,
  samples: keys.sampleFiles,
  preferences: keys.preferenceFiles,
  'trainer-data': keys.trainerDataFiles,
  predictions: keys.jobFolders,
  evaluations: keys.evaluations,
  spaces: keys.spaceUserFiles,
  'space-training': keys.spaceTrainings,
} as const satisfies Record<string, Family<'lake' | 'models'>>

/** Raw identifiers are only here, and leave when their time has come. Nothing in them has the hash. */
export const EXPIRING = [keys.rawObjects, keys.quarantined] as const

/** Families without users. The scan reads them as well, and so proves what they declare. */
export const WITHOUT_USERS = [
  keys.cleanItemFiles,
  keys.cleanDocumentFiles,
  keys.usedSignatures,
  keys.dropManifests,
  keys.closings,
  keys.runPlans,
  keys.parityAccounts,
  keys.searchQueryFiles,
  keys.claimFiles,
  keys.claimManifests,
  keys.preferenceManifests,
  keys.answerReports,
  keys.modelAnswers,
  keys.spaceFiles,
  keys.searchFiles,
  keys.graphFiles,
  keys.reports,
] as const satisfies readonly Family<'lake' | 'models'>[]

/** `models/<scene>/` has the files of versions: archives of jobs and evaluations among them. */
const OF_VERSIONS: ReadonlySet<Family> = new Set([keys.jobFolders, keys.evaluations])

/** What the scan reads. */
export const SCANNED: readonly Family<'lake' | 'models'>[] = [
  ...Object.values(REWRITTEN),
  ...Object.values(OWN_STEPS).filter((family) => !OF_VERSIONS.has(family)),
  keys.versionFiles,
  ...WITHOUT_USERS,
]
