import { type ContextNeed, contextNeeds } from '../../../functions/contract/feature-checks.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import type { KindRow } from '../../../functions/intake/records.ts'
import type { Profile } from './profile.ts'

/** A row of a producer's log. */
export type LoggedRow = Exclude<KindRow, { kind: 'served' }>

/** Records whose fields are listed. Fields of features are searched in all records. */
const LISTED = 1000

type FieldKind = 'context' | 'item' | 'user'
const KIND_OF = { items: 'item', users: 'user' } as const

/** Whether a context or attributes have the field of a source, such as `context.query`. */
const hasField = (json: string | null, source: string): boolean =>
  json?.includes(`${JSON.stringify(source.slice(source.indexOf('.') + 1))}:`) ?? false

/** Fields that no feature reads, and features whose field is empty. */
export class FieldChecks {
  readonly #read = new Set<string>()
  /** `<kind>.<field>` → its features, until a record has the field. */
  readonly #unfilled = new Map<string, string[]>()
  readonly #found = new Set<string>()
  readonly #listed = { context: 0, item: 0, user: 0 }
  readonly #needs: (ContextNeed & { filled: number; events: number })[]

  constructor(features: Scene['features']) {
    for (const { name, ...feature } of features) {
      if (feature.kind !== 'category') continue
      const { of: source } = feature
      this.#read.add(source)
      if (!/^(context|item|user)\./.test(source) || /^(item|user)\.id$/.test(source)) continue
      this.#unfilled.set(source, [...(this.#unfilled.get(source) ?? []), name])
    }
    this.#needs = contextNeeds(features).map((need) => ({ ...need, filled: 0, events: 0 }))
    for (const { source } of this.#needs) this.#read.add(source)
  }

  see(found: LoggedRow): void {
    if (found.kind === 'events') {
      const { type, outcome, context } = found.row
      this.#fields('context', context)
      for (const need of this.#needs) {
        if (need.event !== (outcome ?? type)) continue
        need.events++
        if (hasField(context, need.source)) need.filled++
      }
    } else if (found.kind !== 'documents') this.#fields(KIND_OF[found.kind], found.row.attributes)
  }

  end(): Profile['fields'] {
    return {
      unread: [...this.#found].filter((source) => !this.#read.has(source)).sort(),
      unfilled: [...this.#unfilled].flatMap(([source, features]) =>
        features.map((feature) => ({ feature, source })),
      ),
      needs: this.#needs,
    }
  }

  #fields(kind: FieldKind, json: string | null): void {
    if (json === null || json === '{}') return
    const isListed = this.#listed[kind]++ < LISTED
    if (isListed)
      for (const name of Object.keys(JSON.parse(json))) this.#found.add(`${kind}.${name}`)
    for (const source of this.#unfilled.keys())
      if (this.#found.has(source) || (source.startsWith(`${kind}.`) && hasField(json, source)))
        this.#unfilled.delete(source)
  }
}
