import type { SearchDefinition } from '../contract/search.ts'
import type { SampledProbe } from '../contract/search-build.ts'
import { sha256Hex } from '../core/digest.ts'
import { fieldText, type StatementRow, storedOf, takesOut } from './documents.ts'
import type { Probe } from './gate.ts'
import { namedQueries, type QueryLog } from './query-log.ts'
import { compareVersions, type Version } from './version.ts'

/** Documents whose own words are asked for: a share that is off by 5 % shows in 200 of them. */
const DOCUMENTS = 200
/** Words of a query: people ask with few. */
const WORDS = 3

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The words of a statement's first field of text that has any: a way to ask for this very document. */
function wordsOf({ fields }: SearchDefinition, row: StatementRow): string {
  const stored = storedOf(row)
  for (const { from } of Object.values(fields)) {
    const words = fieldText(stored, from)
      .split(/[^\p{L}\p{M}\p{N}]+/u)
      .filter((word) => word !== '')
    if (words.length > 0) return words.slice(0, WORDS).join(' ')
  }
  return ''
}

/** Documents whose own words are asked for. */
export interface Sample {
  add(rows: readonly StatementRow[]): void
  /** Adds what other samples kept. */
  join(probes: readonly SampledProbe[]): void
  kept(): SampledProbe[]
  /** Those of documents that have no newer version. */
  probes(newest: ReadonlyMap<string, Version>): Probe[]
}

/** Keeps the documents with the least digests of their ids: the same ones in any order, a fair sample of all. */
export function createSample(search: SearchDefinition): Sample {
  let all: { probe: SampledProbe; order: string }[] = []
  const cut = (): void => {
    all = all
      .sort((a, b) => compare(a.order, b.order) || compareVersions(a.probe, b.probe))
      .slice(0, DOCUMENTS)
  }
  const join = (probes: readonly SampledProbe[]): void => {
    for (const probe of probes) {
      all.push({ probe, order: sha256Hex(probe.id) })
      if (all.length > 20 * DOCUMENTS) cut()
    }
  }
  return {
    add: (rows) =>
      join(
        rows
          .filter(({ attributes }) => !takesOut(search, attributes))
          .map((row) => {
            const { id, knowableMs, drop } = row
            return { query: wordsOf(search, row), id, knowableMs, drop, row: row.row }
          })
          .filter(({ query }) => query !== ''),
      ),
    join,
    kept() {
      cut()
      return all.map(({ probe }) => probe)
    },
    probes(newest) {
      cut()
      return all
        .filter(({ probe }) => compareVersions(probe, newest.get(probe.id)!) === 0)
        .map(({ probe: { query, id } }) => ({ query, id }))
    },
  }
}

const HEAD = 100
const TAIL = 100

/** What people asked: the most frequent queries, and as many of the others, by the digests of their texts. */
export function askedProbes(log: QueryLog): Probe[] {
  const named = namedQueries(log)
  const tail = named
    .slice(HEAD)
    .map((asked) => ({ asked, order: sha256Hex(asked.query) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, TAIL)
    .map(({ asked }) => asked)
  return [...named.slice(0, HEAD), ...tail].map(({ query, clicked }) => ({
    ...{ query, id: null, clicked: new Set(clicked.keys()) },
  }))
}
