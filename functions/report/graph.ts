import type { GraphReport } from '../contract/graph-objects.ts'
import type { Scene } from '../contract/scene.ts'
import { type Cell, escapeHtml, table } from './document.ts'
import { formatInstant, formatNumber, formatShare, formatText } from './format.ts'
import { type Graphs, graphsSchema } from './graph-findings.ts'
import { describeNewest } from './newest-generation.ts'

const NOT_YET =
  'No graph has been built yet. The schedule builds the first one of what was dropped by then: four hours after the daily run, or every graph.everyHours where that is less than a day.'
const SHOWN = 50

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
const titled = (title: string, text: string): string =>
  text === '' ? '' : `<h3>${escapeHtml(title)}</h3>\n${text}`
/** Counts by name, the greatest first. */
const ranked = <Value>(
  counts: Readonly<Record<string, Value>>,
  countOf: (value: Value) => number,
): [string, Value][] =>
  Object.entries(counts).sort(([a, x], [b, y]) => countOf(y) - countOf(x) || (a < b ? -1 : 1))
const rowsOf = (counts: Readonly<Record<string, number>>): Cell[][] =>
  ranked(counts, (n) => n).map(([name, n]) => [name, n])

function describeReport(report: GraphReport, served: string | null): string {
  const { generation, n, builtMs, entities, relations, withdrawnSources, merges, taxonomy } = report
  const which = generation === served ? 'The served graph' : 'The newest graph, which is not served'
  const facts = sum(Object.values(relations).map((relation) => relation.facts))
  const size = `${formatNumber(sum(Object.values(entities)))} entities and ${formatNumber(facts)} facts`
  const cycles =
    taxonomy.brokenCycles > 0
      ? ` ${formatNumber(taxonomy.brokenCycles)} of its edges closed a cycle and were left out.`
      : ''
  return `<p>${escapeHtml(`${which}, ${generation}, built ${formatInstant(builtMs)}, snapshot ${n}: ${size}.`)} ${formatNumber(withdrawnSources)} sources are withdrawn, and ${formatNumber(merges)} merges hold. The taxonomy has ${formatNumber(taxonomy.nodes)} nodes, ${formatNumber(taxonomy.depth)} deep.${cycles}</p>`
}

function drawRelations({ relations }: GraphReport): string {
  const rows = ranked(relations, ({ facts }) => facts).map(([relation, { facts, before }]) => {
    const kept: Cell = before ? formatShare(facts / before) : null
    return [relation, facts, before, kept]
  })
  return rows.length > 0 ? table(['relation', 'facts', 'before', 'of before'], rows) : ''
}

function drawDoubtful({ doubtful }: GraphReport): string {
  if (doubtful.length === 0) return ''
  const rows = doubtful
    .slice(0, SHOWN)
    .map(({ left, right, probability, isMerged }): Cell[] => [
      ...[left, right, probability.toFixed(3)],
      isMerged ? { text: 'merged', tone: 'accent' } : 'apart',
    ])
  const rest = doubtful.length - rows.length
  const note = rest > 0 ? `\n<p class="quiet">${formatNumber(rest)} more.</p>` : ''
  return `${table(['entity', 'entity', 'probability', 'now'], rows)}${note}`
}

function drawReport(report: GraphReport): string {
  const { entities, claims, refused, accuracies } = report
  const counts = (head: readonly string[], rows: readonly Cell[][]): string =>
    rows.length > 0 ? table(head, rows) : ''
  return [
    titled('Relations, now and in the graph before', drawRelations(report)),
    titled('Entities by kind', counts(['kind', 'entities'], rowsOf(entities))),
    titled('Claims by maker', counts(['maker', 'claims'], rowsOf(claims))),
    titled('Refused while claims were made', counts(['reason', 'refused'], rowsOf(refused))),
    titled('Merges in doubt', drawDoubtful(report)),
    titled(
      'How often providers are right',
      counts(
        ['provider', 'accuracy'],
        accuracies.map(([provider, accuracy]) => [provider, accuracy.toFixed(3)]),
      ),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function drawGenerations({ generations, served }: Graphs): string {
  const rows = generations.map((one): Cell[] => {
    const isServed = one.generation === served
    const status: Cell = isServed
      ? { text: 'served', tone: 'good' }
      : { text: one.status, tone: one.status === 'refused' ? 'bad' : 'accent' }
    const unread = one.unreadable === null ? '' : `its report is unreadable: ${one.unreadable}`
    const reason = [formatText(one.reason), unread].filter((text) => text !== '').join('; ')
    return [formatInstant(one.fenceMs), status, one.entities, one.facts, reason || null]
  })
  return table(['built at', 'status', 'entities', 'facts', 'reason'], rows)
}

/** The section of one scene. Empty where the scene has no graph and defines none. */
export function drawGraph(own: unknown, configuration: Scene | undefined): string {
  const graphs = own === undefined ? null : graphsSchema.parse(own)
  if (!graphs || graphs.generations.length === 0)
    return configuration?.graph ? `<p class="quiet">${NOT_YET}</p>` : ''
  const { report, served } = graphs
  return [
    describeNewest(graphs.generations[0]!, 'graph', graphs.served),
    report ? describeReport(report, served) : '',
    report ? drawReport(report) : '<p class="quiet">No graph has a report yet.</p>',
    titled('Generations of the graph', drawGenerations(graphs)),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The graphs of all scenes. */
export function drawGraphs(
  byScene: Readonly<Record<string, unknown>>,
  scenes: readonly string[],
  configurations: readonly Scene[] = [],
): string {
  return scenes
    .map((scene) => {
      const configuration = configurations.find((known) => known.scene === scene)
      const drawn = drawGraph(byScene[scene], configuration)
      return drawn !== '' && scenes.length > 1 ? `<h3>${escapeHtml(scene)}</h3>\n${drawn}` : drawn
    })
    .filter((drawn) => drawn !== '')
    .join('\n')
}
