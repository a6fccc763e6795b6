import {
  deletePredictions,
  deleteSpaceTraining,
  deleteTrainerData,
  rewriteSpaces,
} from './delete-objects.ts'
import { eraseOnline, eraseRegistry } from './erase-rows.ts'
import { REWRITTEN, SCANNED } from './holdings.ts'
import { markVersions } from './mark-versions.ts'
import { rewriteEvaluations } from './rewrite-evaluations.ts'
import { rewriteFamily } from './rewrite-objects.ts'
import { rewritePreferences } from './rewrite-preferences.ts'
import { rewriteSamples } from './rewrite-samples.ts'
import { rewriteVerdicts } from './rewrite-verdicts.ts'
import { scanFamily, scanTable } from './scan.ts'
import type { Step } from './step.ts'

const removals: readonly Step[] = [
  ...Object.entries(REWRITTEN).map(([name, family]) => rewriteFamily(name, family)),
  rewriteVerdicts,
  rewriteSamples,
  rewritePreferences,
  deleteTrainerData,
  deletePredictions,
  rewriteEvaluations,
  rewriteSpaces,
  deleteSpaceTraining,
  eraseOnline,
  eraseRegistry,
  markVersions,
]
const scans: readonly Step[] = [
  ...SCANNED.map(scanFamily),
  scanTable('online'),
  scanTable('registry'),
]
const SCANS: ReadonlySet<Step> = new Set(scans)

/** All steps of an erasure, in their order: inputs before what is made of them, and the scan last. */
export const STEPS: readonly Step[] = [...removals, ...scans]
export const isScan = (step: Step): boolean => SCANS.has(step)
