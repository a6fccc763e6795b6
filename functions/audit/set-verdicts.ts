import { loadVerdicts } from '../anticheat/snapshot.ts'
import { parseClosedKey } from '../contract/keys.ts'
import { HOUR_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { noVerdict, openVerdictOf, type VerdictOf } from '../samples/verdicts.ts'
import type { Link } from './chain.ts'

/** The verdicts that the set of a closed file was made with. */
export type SetVerdicts = (by: Link, closedKey: string) => Promise<VerdictOf>

/**
 * Reads the verdicts of each set once, by the function that samples use. A snapshot that cannot be read
 * is a violation, and excludes nothing. Memory: the verdicts that touch each set.
 */
export function openSetVerdicts(
  lake: ObjectStore,
  violate: (sentence: string) => void,
): SetVerdicts {
  const opened = new Map<string, Promise<VerdictOf>>()
  return (by, closedKey) => {
    const set = by.manifest.sets.find(({ fromMs }) =>
      by.closedKeys.get(fromMs)?.includes(closedKey),
    )
    if (!set?.verdicts) return Promise.resolve(noVerdict)
    const { verdicts, fromMs, inputsDigest } = set
    const hours = by.closedKeys.get(fromMs)!.map((key) => {
      const { hourMs } = parseClosedKey(key)!
      return { fromMs: hourMs, throughMs: hourMs + HOUR_MS }
    })
    const found =
      opened.get(inputsDigest) ??
      loadVerdicts(lake, verdicts)
        .then((rows) => openVerdictOf(rows, hours))
        .catch((error: Error) => {
          violate(`${verdicts.key}, the verdicts of ${by.row.version}: ${error.message}`)
          return noVerdict
        })
    opened.set(inputsDigest, found)
    return found
  }
}
