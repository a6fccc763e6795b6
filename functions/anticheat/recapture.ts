import { EVIDENCE, type Evidence, type Finding } from '../contract/verdicts.ts'
import { type Recapture, recapture } from '../math/recapture.ts'

/** How many cheating users two kinds of evidence together suggest, and so which share was seen. */
export interface RecaptureOfUsers extends Recapture {
  evidence: readonly [Evidence, Evidence]
  first: number
  second: number
  both: number
  /** Share of the estimated users that either kind has seen. */
  recall: number
}

/** With fewer users in common the estimate says nothing. */
const MIN_BOTH = 5

/**
 * Capture and recapture over each pair of kinds of evidence whose detectors have enough users in common.
 * Kinds of evidence are independent by how they are found, but an obvious cheat is easier to find for both: so the
 * estimated number of users is rather too low, and recall rather too high.
 */
export function recaptureUsers(findings: readonly Finding[]): RecaptureOfUsers[] {
  const users = new Map<Evidence, Set<string>>(EVIDENCE.map((kind) => [kind, new Set<string>()]))
  for (const { subject, evidence, id, score } of findings)
    if (subject === 'user' && score > 0) users.get(evidence)!.add(id)
  return EVIDENCE.flatMap((one, n) =>
    EVIDENCE.slice(n + 1).flatMap((other) => {
      const [first, second] = [users.get(one)!, users.get(other)!]
      const both = [...first].filter((id) => second.has(id)).length
      if (both < MIN_BOTH) return []
      const estimate = recapture(first.size, second.size, both)
      return [
        {
          ...estimate,
          evidence: [one, other] as const,
          ...{ first: first.size, second: second.size, both },
          recall: estimate.seen / estimate.total,
        },
      ]
    }),
  )
}
