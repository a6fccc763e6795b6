import type { Item } from '../item.ts'
import type { Intent } from './queries.ts'

/** How relevant an item is to a query: 0 not, 1 related, 2 a substitute, 3 exactly what was meant. */
export type Grade = 0 | 1 | 2 | 3

/** By construction: 3 the type with all wanted traits, 2 the type, 1 the department. */
export function gradeOf(intent: Intent | null, { category, product }: Item): Grade {
  if (intent === null || product === null || category !== intent.department) return 0
  if (product.type !== intent.type) return 1
  return intent.traits.every((trait) => product.traits.includes(trait)) ? 3 : 2
}
