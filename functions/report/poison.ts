import type { Scene } from '../contract/scene.ts'
import type { Summary } from '../contract/summary.ts'
import { poisonBound } from '../train/poison-bound.ts'
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
      const spans = servedSpans(findings.versions.filter(isOwn), findings.releases.filter(isOwn))
      return [scene.scene, { stated: poisonBound(scene), measured: measureLives(spans) }]
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
      'event hours',
    ],
    stated.map(({ tier, scheduleHours, trialHours, runHours, refusalAddsHours }) => {
      const found = measured.find((of) => of.tier === tier)
      return [
        tier,
        inHours(scheduleHours),
        inHours(trialHours),
        inHours(runHours),
        inHours(scheduleHours + trialHours + runHours),
        inHours(refusalAddsHours),
        found ? inHours(found.medianHours) : null,
        found ? inHours(found.maxHours) : null,
        found?.eventHours ?? null,
      ]
    }),
  )
