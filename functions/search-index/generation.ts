import type { SearchDefinition } from '../contract/search.ts'
import type { SearchMeaning } from '../contract/search-index.ts'
import { digestOf } from '../core/digest.ts'
import { ANALYSIS_VERSION } from './analysis/analyzer.ts'
import { LAYOUT_VERSION } from './segment/sections.ts'

/** What an index of this definition means under the present code. Where it is mirrored is no part of that. */
export function meaningOf({ openSearch: _, ...search }: SearchDefinition): SearchMeaning {
  return { search, analysisVersion: ANALYSIS_VERSION, layoutVersion: LAYOUT_VERSION }
}

/** Whether this code analyzes texts and reads segments as the code did that built the generation. */
export const isOfThisCode = ({ analysisVersion, layoutVersion }: SearchMeaning): boolean =>
  analysisVersion === ANALYSIS_VERSION && layoutVersion === LAYOUT_VERSION

/** Eight hex digits: equal meanings have equal ones. */
const meaningDigest = (meaning: SearchMeaning): string => digestOf(meaning).slice(0, 8)

/** The name of a generation: its meaning and its fence. */
export const generationOf = (search: SearchDefinition, fenceMs: number): string =>
  `${meaningDigest(meaningOf(search))}-${String(fenceMs).padStart(13, '0')}`

/** The fence in a generation's name, in epoch milliseconds. */
export const fenceOf = (generation: string): number => Number(generation.slice(-13))

/** Whether a generation has the meaning that this definition has now. */
export const hasMeaning = (generation: string, search: SearchDefinition): boolean =>
  generation.startsWith(`${meaningDigest(meaningOf(search))}-`)
