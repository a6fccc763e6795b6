import { TAXONOMY_COLUMNS } from '../../contract/claims.ts'
import { writeParquet } from '../../core/parquet.ts'
import type { Taxonomy } from '../taxonomy/taxonomy.ts'

export { encodeFacts } from '../claims/encode.ts'

/** The taxonomy as Parquet, in code-unit order of the ids. */
export const encodeTaxonomy = ({ nodes }: Taxonomy): Uint8Array =>
  writeParquet(
    TAXONOMY_COLUMNS,
    nodes.map(({ id, depth, broader, narrower }) => ({
      ...{ id, depth, broader: JSON.stringify(broader), narrower: JSON.stringify(narrower) },
    })),
  )
