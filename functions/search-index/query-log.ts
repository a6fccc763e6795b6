import type { Attributes } from '../contract/events.ts'
import { ANSWER_CONTEXT } from '../contract/preferences.ts'
import { normalQuery } from '../contract/query-text.ts'
import type { EventRow } from '../contract/rows.ts'

/** One query as people asked it, with what followed. */
export interface AskedQuery {
  query: string
  requests: Set<string>
  users: Set<string>
  /** Outcomes by item. */
  clicked: Map<string, number>
  /** Of clicked impressions that have one. */
  positions: number[]
}
export interface QueryLog {
  queries: Map<string, AskedQuery>
  /** Impressions and outcomes by position. */
  positions: Map<number, { shown: number; clicks: number }>
}
export type LoggedRow = Pick<
  EventRow,
  'type' | 'timeMs' | 'user' | 'item' | 'request' | 'outcome' | 'position' | 'context'
>

function queryOf({ context }: LoggedRow): string | null {
  if (!context) return null
  const { query, [ANSWER_CONTEXT.prompt]: prompt } = JSON.parse(context) as Attributes
  const asked = query ?? prompt
  // A long prompt is a list of parts.
  const whole = Array.isArray(asked) ? asked.join('') : asked
  const text = typeof whole === 'string' ? normalQuery(whole) : ''
  return text === '' ? null : text
}

/** A request without an id is one of the user's at that instant. */
const requestOf = ({ request, user, timeMs }: LoggedRow): string => request ?? `${user} ${timeMs}`

interface Shown {
  asked: AskedQuery
  position: number | null | undefined
}

/**
 * Counts the queries of kept events: an impression's query is `query` of its context, or what an assistant was
 * asked, its `prompt`. An outcome of the objective belongs to the impression of its request and item. Linear. Memory: the impressions with a query.
 */
export function countQueries(rows: readonly LoggedRow[], objective: string): QueryLog {
  const log: QueryLog = { queries: new Map(), positions: new Map() }
  const shown = new Map<string, Shown>()
  const at = (position: number) => {
    const counts = log.positions.get(position) ?? { shown: 0, clicks: 0 }
    log.positions.set(position, counts)
    return counts
  }
  for (const row of rows) {
    const query = row.type === 'impression' ? queryOf(row) : null
    if (query === null) continue
    const asked = log.queries.get(query) ?? {
      ...{ query, requests: new Set(), users: new Set() },
      ...{ clicked: new Map(), positions: [] },
    }
    log.queries.set(query, asked)
    asked.requests.add(requestOf(row))
    asked.users.add(row.user)
    shown.set(`${row.request}\n${row.item}`, { asked, position: row.position })
    if (row.position != null) at(row.position).shown++
  }
  for (const row of rows) {
    if (row.type !== 'outcome' || row.outcome !== objective || row.request == null) continue
    const impression = shown.get(`${row.request}\n${row.item}`)
    if (!impression) continue
    const { asked, position } = impression
    asked.clicked.set(row.item, (asked.clicked.get(row.item) ?? 0) + 1)
    if (position == null) continue
    asked.positions.push(position)
    at(position).clicks++
  }
  return log
}

/** A query of fewer people may say who they are: it is counted and not named. */
const LEAST_USERS = 5

/** The queries that may be named, the most frequent first. */
export const namedQueries = ({ queries }: QueryLog): AskedQuery[] =>
  [...queries.values()]
    .filter(({ users }) => users.size >= LEAST_USERS)
    .sort((a, b) => b.requests.size - a.requests.size || (a.query < b.query ? -1 : 1))
