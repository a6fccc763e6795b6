import type { SearchDefinition } from '../contract/search.ts'
import type { SearchMeaning } from '../contract/search-index.ts'
import { nameGeneration } from '../registry/generations.ts'
import { ANALYSIS_VERSION } from './analysis/analyzer.ts'
import { LAYOUT_VERSION } from './segment/sections.ts'

/** What an index of this definition means under the present code. How it is built, read and mirrored, and what is made of it, is no part. */
export function meaningOf({
  openSearch: _,
  latent: _space,
  read: _read,
  partFiles: _cut,
  ...search
}: SearchDefinition): SearchMeaning {
  return { search, analysisVersion: ANALYSIS_VERSION, layoutVersion: LAYOUT_VERSION }
}

/** Whether this code analyzes texts and reads segments as the code did that built the generation. */
export const isOfThisCode = ({ analysisVersion, layoutVersion }: SearchMeaning): boolean =>
  analysisVersion === ANALYSIS_VERSION && layoutVersion === LAYOUT_VERSION

/** The name of a generation of this definition. */
export const generationOf = (search: SearchDefinition, fenceMs: number): string =>
  nameGeneration(meaningOf(search), fenceMs)
