import type { EmbeddingsDefinition } from './embeddings.ts'
import type { Feature } from './features.ts'
import type { GraphSection } from './graph.ts'

/** What is wrong with one field of one feature. */
export interface FeatureFlaw {
  path: (string | number)[]
  message: string
}

/** Kinds whose cells are categories. Cells of all other kinds that samples store are numbers. */
const CATEGORIES: readonly Feature['kind'][] = ['category', 'cross', 'last-value', 'last-items']
const isNumeric = (feature: Feature | undefined): boolean =>
  feature !== undefined && !CATEGORIES.includes(feature.kind)

/** The sources that a feature takes from its events, or by which it names its entity. */
const sourcesOf = (feature: Feature & { entity: string }): [field: string, source: string][] => [
  ...feature.entity.split('+').map((domain): [string, string] => ['entity', domain]),
  ...('of' in feature ? [['of', feature.of] as [string, string]] : []),
]

/** The events that a feature counts, each with the field that names it. */
function eventsOf(feature: Feature): [field: string, event: string][] {
  const named: [string, string][] = []
  if ('event' in feature) named.push(['event', feature.event])
  if ('per' in feature) named.push(['per', feature.per])
  if ('outcome' in feature) named.push(['outcome', feature.outcome])
  return named
}

function* flawsOfEvents(
  feature: Feature & { entity: string },
  outcomes: readonly string[],
): Generator<[field: string, message: string]> {
  for (const [field, event] of eventsOf(feature)) {
    if (field === 'outcome' && !outcomes.includes(event))
      yield [field, `"${event}" is not one of the outcomes`]
    if (field !== 'outcome' && event !== 'impression' && !outcomes.includes(event))
      yield [field, `"${event}" is neither impression nor an outcome`]
  }
}

/** A field of the context that events must have, or some features do not count them. */
export interface ContextNeed {
  /** `context.<name>`. */
  source: string
  /** `impression`, or the name of an outcome. */
  event: string
  features: string[]
}

/** The fields of contexts by which features count events. */
export function contextNeeds(features: readonly Feature[]): ContextNeed[] {
  const needs = new Map<string, ContextNeed>()
  for (const feature of features) {
    if (!('entity' in feature)) continue
    const events = new Set(eventsOf(feature).map(([, event]) => event))
    // A rate is over impressions.
    if ('outcome' in feature) events.add('impression')
    const sources = new Set(sourcesOf(feature).map(([, source]) => source))
    for (const source of sources)
      for (const event of source.startsWith('context.') ? events : []) {
        const need = needs.get(`${event} ${source}`) ?? { source, event, features: [] }
        need.features.push(feature.name)
        needs.set(`${event} ${source}`, need)
      }
  }
  return [...needs.values()]
}

function* flawsOfTaken(feature: Feature & { entity: string }): Generator<[string, string]> {
  const [first, second] = feature.entity.split('+')
  if (first === second)
    yield ['entity', `"${feature.entity}" is no pair: expected two different entities`]
  if (!('of' in feature)) return
  const { kind, of: source } = feature
  if (source === 'value' && 'event' in feature && feature.event === 'impression')
    yield ['of', 'an impression has no value: expected an attribute, or the event of an outcome']
  if ((kind === 'affinity' || kind === 'frequency') && source === 'value')
    yield ['of', 'the candidate has no value yet: expected an id or an attribute']
  if ((kind === 'sum' || kind === 'mean' || kind === 'quantile') && source.endsWith('.id'))
    yield ['of', `"${source}" is no number: expected value or an attribute`]
}

function* flawsOfParts(
  feature: Feature,
  before: ReadonlyMap<string, Feature>,
): Generator<[string, string]> {
  if (feature.kind === 'cross')
    for (const part of feature.of)
      if (before.get(part)?.kind !== 'category')
        yield ['of', `"${part}" is not a category that is defined before it`]
  if (feature.kind === 'slate' || feature.kind === 'relative')
    for (const [field, part] of [
      ['of', feature.of],
      ...(feature.kind === 'relative' ? [['to', feature.to] as const] : []),
    ] as const)
      if (!isNumeric(before.get(part)))
        yield [field, `"${part}" is not a numeric feature that is defined before it`]
}

type ContentSource = Pick<EmbeddingsDefinition, 'text' | 'vectorFrom'>

/** What a feature lacks in the section `embeddings`, or null. */
function flawOfSpace({ kind }: Feature, embeddings: ContentSource | undefined): string | null {
  if (kind === 'space-score')
    return embeddings ? null : 'needs the section "embeddings": it scores by its space'
  if (kind !== 'content-match') return null
  if (!embeddings)
    return 'needs the section "embeddings": it compares with the content of its items'
  if (embeddings.vectorFrom !== undefined)
    return 'cannot be used with embeddings.vectorFrom: a query has no vector of that model'
  if (embeddings.text.length === 0)
    return 'needs embeddings.text: without it, no item has content to compare with'
  return null
}

/** The features that need more of the section `embeddings` than the scene has. */
export const flawsOfSpace = (
  features: readonly Feature[],
  embeddings: ContentSource | undefined,
): FeatureFlaw[] =>
  features.flatMap((feature, i) => {
    const message = flawOfSpace(feature, embeddings)
    return message === null ? [] : [{ path: [i], message }]
  })

/** The features that follow relations that the scene's `graph.links` does not name. */
export const flawsOfLinks = (
  features: readonly Feature[],
  graph: Pick<GraphSection, 'links'> | undefined,
): FeatureFlaw[] =>
  features.flatMap((feature, i) => {
    if (feature.kind !== 'graph-link' && feature.kind !== 'graph-distance') return []
    const flaw = (message: string, ...field: string[]) => ({ path: [i, ...field], message })
    if (!graph) return [flaw('needs the section "graph": it follows its links')]
    if (graph.links.length === 0)
      return [flaw('needs graph.links: it follows relations that are named there')]
    const [field, named] =
      feature.kind === 'graph-link'
        ? ['relation', [feature.relation]]
        : ['relations', feature.relations ?? []]
    return named
      .filter((relation) => !graph.links.includes(relation))
      .map((relation) =>
        flaw(`"${relation}" is not one of graph.links (${graph.links.join(', ')})`, field),
      )
  })

/** What is wrong with the features of a scene, apart from the form of each. */
export function flawsOfFeatures(
  features: readonly Feature[],
  outcomes: readonly string[],
): FeatureFlaw[] {
  const before = new Map<string, Feature>()
  return features.flatMap((feature, i) => {
    const found: [string, string][] = []
    if (before.has(feature.name)) found.push(['name', `"${feature.name}" is defined twice`])
    if ('entity' in feature)
      found.push(...flawsOfEvents(feature, outcomes), ...flawsOfTaken(feature))
    if ('last' in feature && !outcomes.includes(feature.last))
      found.push(['last', `"${feature.last}" is not one of the outcomes`])
    found.push(...flawsOfParts(feature, before))
    before.set(feature.name, feature)
    return found.map(([field, message]) => ({ path: [i, field], message }))
  })
}
