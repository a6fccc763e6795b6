import { catalogueOf } from '../../../cdk/cli/world/catalogue.ts'
import { WORLD_DEFAULTS } from '../../../cdk/cli/world/options.ts'
import { judgementsOf } from '../../../cdk/cli/world/search/searches.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import type { JudgedCollection } from './judged.ts'
import { englishFields } from './our-index.ts'

/**
 * The products and queries of the seeded shop (cdk/cli/world/README.md), with the grades that it knows. Its
 * queries have misspellings and words that only other products of the type have; no synonyms are used here.
 */
export function shopCollection(): JudgedCollection {
  const options = { ...WORLD_DEFAULTS, surface: 'search' as const }
  const items = catalogueOf(options)(options.startMs + options.days * DAY_MS)
  const queries = new Map<string, Map<string, number>>()
  for (const { query, itemId, grade } of judgementsOf(options))
    queries.set(query, (queries.get(query) ?? new Map<string, number>()).set(itemId, grade))
  return {
    name: 'shop',
    definition: englishFields({ title: 3, description: 1, brand: 2 }),
    documents: items.map(({ id, attributes: { title, description, brand } }) => ({
      id,
      fields: { title: String(title), description: String(description), brand: String(brand) },
    })),
    queries: Array.from(queries, ([text, grades]) => ({ text, grades })),
    // Grade 1 is any product of the same department.
    relevantFrom: 2,
  }
}
