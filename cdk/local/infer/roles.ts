import type { ColumnFacts } from './columns.ts'
import type { Sample } from './sample.ts'

/** What was decided of one part of the mapping, and how sure that is. */
export interface Guess {
  part: string
  says: string
  isSure: boolean
}
export interface Inferred {
  /** As it would be written in a file: what is a default is left out. */
  mapping: Record<string, unknown>
  guesses: Guess[]
  unmapped: string[]
}

/** Words of a column's name: `eventTime`, `event_time` and `Event Time` are the same two. */
const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()

const NAMES = {
  time: /^(time|timestamp|ts|date|datetime|when|.*_(time|timestamp|ts|at|date)|unix.*|time_ms)$/,
  user: /^(user|uid|visitor|customer|client|member|person|account|reviewer|viewer)(_?(id|key|hash|idx))?$/,
  item: /^(item|iid|product|movie|article|news|sku|asin|content|doc|document|video|song|track|ad|page|offer|book|listing|post|url)(_?(id|key|code|idx))?$/,
  request: /^(request|impression|slate|query|search|page_?view|ranking)_?(id|key)$/,
  position: /^(pos|position|rank|slot|place)(_.*)?$/,
  propensity: /^(propensity.*|pscore|action_prob.*)$/,
  eventId: /^(event|log|row|record)_?(id|uuid)$/,
  value: /^(price|amount|revenue|value|event_value|dwell.*|duration.*|watch_time|quantity)$/,
  label: /^(is_)?(click|clicked|clicks|label|target|converted|conversion|purchased|like|liked)$/,
  rating: /^(rating|ratings|stars|score)$/,
  event: /^(event|event_?type|event_?name|type|action|behaviou?r(_type)?|interaction(_type)?)$/,
  itemAttribute: /^(item|product|category|brand|genre|genres|tags|author|publisher|title)(_|$)/,
  userAttribute: /^(user|age|gender|country|city|segment|occupation|member)(_|$)/,
}
const SHOWN = /view|impression|show|expos|display|^pv$/i
const OUTCOMES = [
  [/click|^clk$/i, 'click'],
  [/purchase|buy|order|transaction|sale|convert|conversion/i, 'purchase'],
] as const

/** Chooses columns for the parts of a mapping by their names and by what their values are like. */
export function inferMapping(
  sample: Sample,
  columns: readonly ColumnFacts[],
  objective: string,
  outcomes: readonly string[],
): Inferred {
  return new Inference(sample, columns, objective, outcomes).infer()
}

/** A column is taken by one part; the parts that matter most choose first. */
class Inference {
  readonly #guesses: Guess[] = []
  readonly #taken = new Set<string>()
  readonly #mapping: Record<string, unknown> = {}
  readonly #sample: Sample
  readonly #columns: readonly ColumnFacts[]
  readonly #objective: string
  readonly #outcomes: readonly string[]

  constructor(
    sample: Sample,
    columns: readonly ColumnFacts[],
    objective: string,
    outcomes: readonly string[],
  ) {
    this.#sample = sample
    this.#columns = columns
    this.#objective = objective
    this.#outcomes = outcomes
  }

  infer(): Inferred {
    this.#decideLayout()
    this.#decideTime()
    this.#decideIdentity('user')
    this.#decideIdentity('item')
    this.#decideKind()
    for (const part of ['request', 'eventId', 'value', 'propensity', 'position'] as const)
      this.#decideOptional(part)
    this.#decideAttributes()
    const unmapped = this.#free().map(({ name }) => name)
    return { mapping: this.#mapping, guesses: this.#guesses, unmapped }
  }

  #free(): ColumnFacts[] {
    return this.#columns.filter(({ name }) => !this.#taken.has(name))
  }

  #named(role: keyof typeof NAMES): ColumnFacts[] {
    return this.#free().filter(({ name }) => NAMES[role].test(wordsOf(name)))
  }

  #decide(part: string, isSure: boolean, says: string, column?: ColumnFacts): void {
    if (column) this.#taken.add(column.name)
    this.#guesses.push({ part, isSure, says })
  }

  #decideLayout(): void {
    const { layout, separator, quoting, hasHeader } = this.#sample
    if (layout === 'json-lines') {
      this.#mapping['layout'] = layout
      return
    }
    if (separator !== ',') this.#mapping['separator'] = separator
    if (quoting !== 'rfc4180') this.#mapping['quoting'] = quoting
    if (hasHeader) return
    this.#mapping['header'] = this.#columns.map(({ name }) => name)
    this.#decide(
      'header',
      false,
      'no line names the columns: the names are made up, in their order',
    )
  }

  #decideTime(): void {
    const able = this.#free().filter(({ times }) => times.length > 0)
    const byName = able.filter(({ name }) => NAMES.time.test(wordsOf(name)))
    const found = byName[0] ?? able[0]
    if (!found) {
      this.#mapping['time'] = { rowsPerHour: 1000, from: '2026-01-05T00:00:00Z' }
      this.#decide('time', false, 'no column reads as a time: rows in their order, 1,000 an hour')
      return
    }
    const [first, second] = found.times
    this.#mapping['time'] = { column: found.name, ...first }
    const isSure = second === undefined && (byName.length === 1 || able.length === 1)
    const other = second?.pattern ? `, or ${second.pattern}` : ''
    const zone = first!.unit === 'iso' || first!.pattern ? '; UTC where it names no zone' : ''
    this.#decide(
      'time',
      isSure,
      `${found.name}: ${first!.unit ?? first!.pattern}${other}${zone}`,
      found,
    )
  }

  #decideIdentity(part: 'user' | 'item'): void {
    const byName = this.#named(part)
    const guess = this.#free()
      .filter(({ distinct, filled, times }) => distinct > 1 && filled > 0 && times.length === 0)
      .sort((a, b) => b.distinct - a.distinct)[0]
    const found = byName[0] ?? guess ?? this.#free()[0] ?? this.#columns[0]!
    this.#mapping[part] = found.name
    const isSure = byName.length === 1
    const others = byName.slice(1).map(({ name }) => name)
    this.#decide(
      part,
      isSure,
      `${found.name}: ${found.distinct} different in ${this.#sample.rows} rows${others.length > 0 ? `; ${others.join(', ')} may be meant` : isSure ? '' : '; no name says so'}`,
      found,
    )
  }

  /** What a row is: by a label, else by a column of event types, else by stars. */
  #decideKind(): void {
    if (this.#decideLabel() || this.#decideEvent() || this.#decideRating()) return
    this.#mapping['label'] = { column: this.#mapping['item'], positive: ['?'] }
    this.#decide(
      'label',
      false,
      'no column says what was done: every row is an impression without outcome; name one',
    )
  }

  #decideLabel(): boolean {
    const label = this.#named('label').find(({ values }) =>
      values.every((value) => /^(0|1|true|false|yes|no)(\.0)?$/i.test(value)),
    )
    if (!label) return false
    const positive = label.values.filter((value) => /^(1|true|yes)(\.0)?$/i.test(value))
    this.#mapping['label'] = {
      column: label.name,
      positive: positive.length > 0 ? positive : ['1'],
    }
    const isSeen = positive.length > 0
    const says = `${label.name}: ${isSeen ? positive.join(', ') : '1, which the sample has not,'} is the outcome ${this.#objective}`
    this.#decide('label', isSeen, says, label)
    return true
  }

  #decideEvent(): boolean {
    const event = this.#named('event').find(({ values }) => values.length > 0)
    if (!event) return false
    const kinds = {
      column: event.name,
      impressions: [] as string[],
      outcomes: {} as Record<string, string>,
      ignored: [] as string[],
    }
    for (const value of event.values) {
      const outcome = OUTCOMES.find(([pattern]) => pattern.test(value))?.[1]
      if (outcome && this.#outcomes.includes(outcome)) kinds.outcomes[value] = outcome
      else if (SHOWN.test(value)) kinds.impressions.push(value)
      else kinds.ignored.push(value)
    }
    this.#mapping['event'] = kinds
    const isSure =
      kinds.ignored.length === 0 &&
      kinds.impressions.length > 0 &&
      Object.values(kinds.outcomes).includes(this.#objective)
    const said = [
      `impressions are ${kinds.impressions.join(', ') || 'none'}`,
      `outcomes ${
        Object.entries(kinds.outcomes)
          .map(([value, outcome]) => (value === outcome ? value : `${value} (${outcome})`))
          .join(', ') || 'none'
      }`,
      `ignored ${kinds.ignored.join(', ') || 'none'}`,
    ]
    this.#decide('event', isSure, `${event.name}: ${said.join('; ')}`, event)
    return true
  }

  #decideRating(): boolean {
    const rating = this.#named('rating').find(({ numeric }) => numeric === 1)
    if (!rating) return false
    const atLeast =
      rating.greatest <= 1 ? 1 : rating.greatest <= 5 ? 4 : Math.ceil(0.7 * rating.greatest)
    this.#mapping['label'] = { column: rating.name, atLeast }
    const says = `${rating.name}: ${rating.least} to ${rating.greatest}; from ${atLeast} on it is the outcome ${this.#objective}`
    this.#decide('label', false, says, rating)
    return true
  }

  #decideOptional(part: 'request' | 'eventId' | 'value' | 'propensity' | 'position'): void {
    const found = this.#named(part).find((column) => {
      if (part === 'request') return true
      if (part === 'eventId') return column.distinct === column.filled
      if (part === 'value') return column.numeric === 1
      if (part === 'propensity')
        return column.numeric === 1 && column.least > 0 && column.greatest <= 1
      return (
        column.numeric === 1 && column.isWhole && column.least >= 0 && column.greatest <= 10_000
      )
    })
    if (!found) return
    if (part === 'position') {
      const from = found.least === 0 ? 0 : 1
      this.#mapping['position'] = { column: found.name, from }
      this.#decide(
        part,
        true,
        `${found.name}: ${found.least} to ${found.greatest}, the first is ${from}`,
        found,
      )
      return
    }
    this.#mapping[part] = found.name
    this.#decide(part, part !== 'value', found.name, found)
  }

  #decideAttributes(): void {
    const said = { itemAttributes: 'itemAttribute', userAttributes: 'userAttribute' } as const
    const nameOf = (column: ColumnFacts): string =>
      wordsOf(column.name)
        .replace(/^_+|_+$/g, '')
        .slice(0, 64) || 'unnamed'
    for (const [part, role] of Object.entries(said)) {
      const found = this.#named(role).filter(({ distinct }) => distinct > 1)
      if (found.length === 0) continue
      this.#mapping[part] = Object.fromEntries(found.map((column) => [nameOf(column), column.name]))
      for (const { name } of found) this.#taken.add(name)
      this.#decide(
        part,
        false,
        `${found.map(({ name }) => name).join(', ')}: known from the next drop on`,
      )
    }
    const context = this.#free().filter(
      ({ distinct, filled }) => distinct > 1 && distinct <= 1000 && distinct <= filled / 2,
    )
    if (context.length === 0) return
    this.#mapping['context'] = Object.fromEntries(
      context.map((column) => [nameOf(column), column.name]),
    )
    for (const { name } of context) this.#taken.add(name)
    this.#decide('context', false, context.map(({ name }) => name).join(', '))
  }
}
