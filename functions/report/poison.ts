import type { Scene } from '../contract/scene.ts'
import type { Summary } from '../contract/summary.ts'
import { HOUR_MS } from '../contract/time.ts'
import { boundHours, contaminationBound } from '../train/contamination-bound.ts'
import { table } from './document.ts'
import type { Findings } from './findings.ts'
import { formatDuration } from './format.ts'
import { servedSpans } from './served.ts'
import { measureServingTimes } from './serving-times.ts'

export type Poison = Summary['poison']

/** The stated bound of each scene, and the measured times in its served models. */
export function compareContamination(findings: Findings, scenes: readonly Scene[]): Poison {
  return Object.fromEntries(
    scenes.map((scene) => {
      const isOwn = (found: { scene: string }): boolean => found.scene === scene.scene
      const decisions = findings.releases.filter(isOwn)
      const spans = servedSpans(findings.versions.filter(isOwn), decisions)
      const stated = contaminationBound(scene)
      return [scene.scene, { stated, measured: measureServingTimes(spans, stated, decisions) }]
    }),
  )
}

const inHours = (hours: number): string => formatDuration(hours * HOUR_MS)

export const contaminationTable = ({ stated, measured }: Poison[string]): string =>
  table(
    [
      'learned by',
      'stated bound',
      'part of the schedule',
      'trial',
      'run, at its limits',
      'each refusal adds',
      'measured median',
      'longest',
      'runs without a result added',
      'event hours',
    ],
    stated.map((bound) => {
      const { tier, scheduleHours, trialHours, runHours, refusalAddsHours } = bound
      const found = measured.find((servingTimes) => servingTimes.tier === tier)
      return [
        tier,
        inHours(boundHours(bound)),
        inHours(scheduleHours),
        inHours(trialHours),
        inHours(runHours),
        inHours(refusalAddsHours),
        found ? inHours(found.medianHours) : null,
        found ? inHours(found.maxHours) : null,
        found ? inHours(found.addedHours) : null,
        found?.eventHours ?? null,
      ]
    }),
  )
