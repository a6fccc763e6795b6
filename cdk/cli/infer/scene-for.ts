import type { Mapping } from '../../../functions/contract/mapping.ts'
import { type Feature, type Scene, sceneSchema } from '../../../functions/contract/scene.ts'

const MOST_FEATURES = 100
/** Settings of outcomes that the scene does not have yet. */
const NEW_OUTCOME = { attributionWindowMinutes: 1440, maturityHours: 24 } as const

/** The attribute sources that a mapping fills. */
function sourcesOf(mapping: Mapping): string[] {
  const { context, itemAttributes, userAttributes, slate, position } = mapping
  return [
    'user.id',
    'item.id',
    ...(position || slate ? ['impression.position'] : []),
    'time.hour-of-day',
    ...[...Object.keys(context), ...Object.keys(slate?.context ?? {})].map(
      (name) => `context.${name}`,
    ),
    ...Object.keys(itemAttributes).map((name) => `item.${name}`),
    ...Object.keys(userAttributes).map((name) => `user.${name}`),
  ]
}

const USUAL: Readonly<Record<string, string>> = {
  'user.id': 'user',
  'item.id': 'item',
  'impression.position': 'position',
  'time.hour-of-day': 'hour',
}

/** A unique name for a feature, of letters, digits and underscores. */
function nameFor(source: string, taken: ReadonlySet<string>): string {
  const base = (USUAL[source] ?? source.replace('.', '_')).toLowerCase().slice(0, 44)
  if (!taken.has(base)) return base
  for (let n = 2; ; n++) if (!taken.has(`${base}_${n}`)) return `${base}_${n}`
}

/** The scene's counts and rates for outcomes of the log, and for impressions if the log has them. */
function countsOf(scene: Scene, objective: string, hasImpressions: boolean): Feature[] {
  const named = (name: string): string =>
    name
      .replaceAll(scene.objective, objective)
      .replaceAll('shown', hasImpressions ? 'shown' : objective)
  const features: Feature[] = []
  for (const feature of scene.features) {
    if (feature.kind === 'rate' && hasImpressions && feature.outcome === scene.objective)
      features.push({ ...feature, outcome: objective, name: named(feature.name) })
    if (feature.kind !== 'count') continue
    const isShown = feature.event === 'impression'
    const event = isShown && hasImpressions ? 'impression' : objective
    if (isShown || feature.event === scene.objective)
      features.push({ ...feature, event, name: named(feature.name).slice(0, 48) })
  }
  return features.filter(({ name }, i) => features.findIndex((other) => other.name === name) === i)
}

/**
 * The scene for a mapping: features of all mapped columns, the outcomes of the log, and sampled
 * negatives if the log has no impressions.
 */
export function sceneFor(
  scene: Scene,
  mapping: Mapping,
  objective: string,
  outcomes: readonly string[],
  hasImpressions: boolean,
): Scene {
  const taken = new Set<string>()
  const categories = sourcesOf(mapping).map((source): Feature => {
    const known = scene.features.find(
      (feature) => feature.kind === 'category' && feature.of === source,
    )
    const name = known && !taken.has(known.name) ? known.name : nameFor(source, taken)
    taken.add(name)
    return { name, kind: 'category', of: source }
  })
  const counts = countsOf(scene, objective, hasImpressions).filter(({ name }) => !taken.has(name))
  const crosses = scene.features.filter(
    (feature) => feature.kind === 'cross' && feature.of.every((name) => taken.has(name)),
  )
  const features = [
    ...categories.slice(0, MOST_FEATURES - counts.length - crosses.length),
    ...crosses,
    ...counts,
  ]
  const all = Object.fromEntries(
    outcomes.map((outcome) => [outcome, scene.outcomes[outcome] ?? NEW_OUTCOME]),
  )
  const { negatives: _, ...sampling } = scene.sampling
  return sceneSchema.parse({
    ...scene,
    objective,
    outcomes: { ...scene.outcomes, ...all },
    features,
    sampling: hasImpressions ? scene.sampling : { ...sampling, negativeRate: 1, negatives: {} },
    logs: undefined,
  })
}
