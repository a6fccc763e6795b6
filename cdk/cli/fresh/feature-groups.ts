import type { Feature, FeatureOf } from '../../../functions/contract/features.ts'

const isRate = (feature: Feature): feature is FeatureOf<'rate'> => feature.kind === 'rate'
const ratesOf =
  (entity: RegExp) =>
  (feature: Feature): boolean =>
    isRate(feature) && entity.test(feature.entity)
const ofKind =
  (kind: Feature['kind']) =>
  (feature: Feature): boolean =>
    feature.kind === kind

/** Groups of features, in the order in which the study adds them. */
const GROUPS: readonly { name: string; has(feature: Feature): boolean }[] = [
  { name: 'categories', has: ofKind('category') },
  { name: 'crosses', has: ofKind('cross') },
  { name: 'counts', has: ofKind('count') },
  { name: 'item rates', has: ratesOf(/^item$/) },
  { name: 'user rates', has: ratesOf(/^user$/) },
  { name: 'attribute rates', has: ratesOf(/^[^+]*\.[^+]*$/) },
  { name: 'pair rates', has: ratesOf(/\+/) },
  { name: 'affinity', has: ofKind('affinity') },
  { name: 'means', has: ofKind('mean') },
  { name: 'sessions', has: ofKind('session') },
]

/** A rate that counts all impressions alike. Its prior is that of an average position. */
export function plainRate(feature: Feature): Feature {
  if (!isRate(feature) || !feature.examination) return feature
  const { examination, ...rate } = feature
  const share = examination.reduce((sum, one) => sum + one, 0) / examination.length
  return { ...rate, name: `${rate.name}_plain`, priorRate: rate.priorRate * share }
}

/** The scene's features, one group after another: rates first without the debiasing by position. */
export function featureSteps(features: readonly Feature[]): [name: string, Feature[]][] {
  const steps: [string, Feature[]][] = []
  let added: Feature[] = []
  for (const { name, has } of GROUPS) {
    const own = features.filter(has)
    if (own.length === 0) continue
    added = [...added, ...own.map(plainRate)]
    steps.push([steps.length === 0 ? name : `+ ${name}`, added])
  }
  const plain = new Set(added.map(({ name }) => name))
  if (features.some(({ name }) => !plain.has(name))) steps.push(['the scene', [...features]])
  return steps
}

const window = { windowHours: 168 }
const prior = { priorRate: 0.08, priorStrength: 20 }
/** Features that the shipped scenes do not have, because they did not pay. */
export const CANDIDATES: Readonly<Record<string, Readonly<Record<string, Feature>>>> = {
  feed: {
    'hours since the click': {
      name: 'since',
      kind: 'recency',
      entity: 'user',
      event: 'click',
      ...window,
    },
    'frequency of the item': {
      ...{ name: 'seen', kind: 'frequency', entity: 'user', event: 'impression', ...window },
      ...{ of: 'item.id', length: 256 },
    },
    'events of the session': {
      ...{ name: 'session', kind: 'session', entity: 'user', event: 'impression', windowHours: 2 },
      ...{ gapMinutes: 30, measure: 'events' },
    },
    'rate of the brand': {
      ...{
        name: 'brand',
        kind: 'rate',
        entity: 'item.brand',
        outcome: 'click',
        ...window,
        ...prior,
      },
    },
    'rate of segment and category': {
      ...{ name: 'segment_rate', kind: 'rate', entity: 'user.segment+item.category' },
      ...{ outcome: 'click', ...window, ...prior, nearLine: false },
    },
  },
  movielens: {
    'hours since the like': {
      name: 'since',
      kind: 'recency',
      entity: 'user',
      event: 'like',
      ...window,
    },
    'rate of the genre': {
      ...{ name: 'genre', kind: 'rate', entity: 'item.class', outcome: 'like', windowHours: 2160 },
      ...{ priorRate: 0.55, priorStrength: 20, nearLine: false },
    },
    'decayed rate of the item': {
      ...{ name: 'decayed', kind: 'decayed-rate', entity: 'item', outcome: 'like' },
      ...{ windowHours: 2160, halfLifeHours: 336, priorRate: 0.55, priorStrength: 20 },
    },
  },
}
