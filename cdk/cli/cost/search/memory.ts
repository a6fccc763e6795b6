import { KEPT_GENERATIONS } from '../../../../functions/contract/search-index.ts'
import { search } from '../../../../functions/reader/stages.ts'
import { indexDrop, rebuildIndex } from '../../../../functions/search-index/stages.ts'
import { UsageError } from '../../errors.ts'
import type { Life } from './life.ts'
import { ASSUMED_SEARCH } from './rates.ts'

const MIB = 2 ** 20
const LAMBDA_MIB = 10_240
/** The largest merge (merge-policy.ts), and what a rebuild knows of each document (ledger.ts). */
const MERGE_MIB = 768
const LEDGER_BYTES = 250

/** What the functions of an index have, in MiB. */
export interface Memory {
  indexDrop: number
  rebuildIndex: number
  search: number
}

/** What each function must hold of an index. */
function needOf({ indexBytes }: Life, documents: number): Memory {
  const { processMiB } = ASSUMED_SEARCH
  const index = indexBytes / MIB
  const ledger = (documents * LEDGER_BYTES) / MIB
  return {
    indexDrop: processMiB + KEPT_GENERATIONS * index + MERGE_MIB,
    rebuildIndex: processMiB + 2 * index + ledger + MERGE_MIB,
    // The former generation and the next one.
    search: processMiB + 2 * index,
  }
}

/**
 * The memory that is billed: that of the declarations, or more where the index needs it. `raised` names those that
 * need more. Throws UsageError where Lambda has no such size.
 */
export function memoryOf(life: Life, documents: number): { memory: Memory; raised: string[] } {
  const need = needOf(life, documents)
  const most = Math.max(...Object.values(need))
  if (most > LAMBDA_MIB)
    throw new UsageError(
      `--search documents ${documents}: expected an index that fits a function of ${LAMBDA_MIB} MiB, got one that takes ${Math.ceil(most)} MiB`,
    )
  const declared = [
    ['indexDrop', indexDrop],
    ['rebuildIndex', rebuildIndex],
    ['search', search],
  ] as const
  const memory = declared.map(([name, { memoryMiB }]) => [
    name,
    Math.max(memoryMiB, Math.ceil(need[name])),
  ])
  const raised = declared.flatMap(([key, { name, memoryMiB }]) =>
    need[key] > memoryMiB ? [`${name} ${Math.ceil(need[key])} MiB`] : [],
  )
  return { memory: Object.fromEntries(memory) as Memory, raised }
}
