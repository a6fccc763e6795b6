import type { Scene } from '../contract/scene.ts'
import type { Summary } from '../contract/summary.ts'
import { boundHours, poisonBound } from '../train/poison-bound.ts'
import type { Findings } from './collect.ts'
import { table } from './document.ts'
import { measureLives } from './lives.ts'
import { servedSpans } from './served.ts'

export type Poison = Summary['poison']

/** The stated bound of each scene beside what its served models were found to do. */
export function comparePoison(findings: Findings, scenes: readonly Scene[]): Poison {
  return Object.fromEntries(
    scenes.map((scene) => {
      const isOwn = (of: { scene: string }): boolean => of.scene === scene.scene
      const decisions = findings.releases.filter(isOwn)
      const spans = servedSpans(findings.versions.filter(isOwn), decisions)
      const stated = poisonBound(scene)
      return [scene.scene, { stated, measured: measureLives(spans, stated, decisions) }]
    }),
  )
}

const inHours = (hours: number): string => `${Number(hours.toFixed(1))} h`

export const poisonTable = ({ stated, measured }: Poison[string]): string =>
  table(
    [
      'learned by',
      'stated: schedule',
      '+ trial',
      '+ run, at its limits',
      '= bound',
      'a refusal adds',
      'measured: median',
      'longest',
      'added to its bound by runs without a result',
      'event hours',
    ],
    stated.map((bound) => {
      const { tier, scheduleHours, trialHours, runHours, refusalAddsHours } = bound
      const found = measured.find((of) => of.tier === tier)
      return [
        tier,
        inHours(scheduleHours),
        inHours(trialHours),
        inHours(runHours),
        inHours(boundHours(bound)),
        inHours(refusalAddsHours),
        found ? inHours(found.medianHours) : null,
        found ? inHours(found.maxHours) : null,
        found ? inHours(found.addedHours) : null,
        found?.eventHours ?? null,
      ]
    }),
  )
