import type { Feature } from '../../../functions/contract/features.ts'

const DAY = 24
const prior = { priorRate: 0.08, priorStrength: 20 }

/** Every kind of feature, with each state that it can have. */
export const FEATURES: Feature[] = [
  { name: 'user', kind: 'category', of: 'user.id' },
  { name: 'item', kind: 'category', of: 'item.id' },
  { name: 'genres', kind: 'category', of: 'item.genres' },
  { name: 'year', kind: 'category', of: 'item.year' },
  { name: 'adult', kind: 'category', of: 'user.adult' },
  { name: 'device', kind: 'category', of: 'context.device' },
  { name: 'position', kind: 'category', of: 'impression.position' },
  { name: 'release', kind: 'category', of: 'impression.release' },
  { name: 'hour', kind: 'category', of: 'time.hour-of-day' },
  { name: 'weekday', kind: 'category', of: 'time.day-of-week' },
  { name: 'device_genres', kind: 'cross', of: ['device', 'genres'] },
  {
    ...{ name: 'shown_24h', kind: 'count', entity: 'item', event: 'impression' },
    windowHours: DAY,
  },
  { name: 'clicks_48h', kind: 'count', entity: 'user', event: 'click', windowHours: 48 },
  {
    ...{ name: 'click_rate_48h', kind: 'rate', entity: 'item', outcome: 'click' },
    ...{ windowHours: 48, priorRate: 0.08, priorStrength: 0.5 },
  },
  {
    ...{ name: 'seen_rate', kind: 'rate', entity: 'item', outcome: 'click', windowHours: DAY },
    ...{ ...prior, examination: [1, 0.7, 0.35], nearLine: false },
  },
  {
    ...{ name: 'click_ratio', kind: 'ratio', entity: 'user+item', event: 'click' },
    ...{ per: 'impression', windowHours: 48, ...prior },
  },
  {
    ...{ name: 'spent', kind: 'sum', entity: 'user', event: 'click', of: 'value' },
    windowHours: 48,
  },
  {
    ...{ name: 'mean_value', kind: 'mean', entity: 'item.genres', event: 'click', of: 'value' },
    windowHours: 48,
  },
  {
    ...{ name: 'decayed_clicks', kind: 'decayed-count', entity: 'item', event: 'click' },
    ...{ windowHours: 48, halfLifeHours: 6 },
  },
  {
    ...{ name: 'decayed_rate', kind: 'decayed-rate', entity: 'context.device' },
    ...{ outcome: 'click', windowHours: 48, halfLifeHours: 12, ...prior },
  },
  { name: 'since_click', kind: 'recency', entity: 'user', event: 'click', windowHours: 48 },
  {
    ...{ name: 'last_item', kind: 'last-value', entity: 'user', event: 'click', of: 'item.id' },
    windowHours: 48,
  },
  {
    ...{ name: 'last_items', kind: 'last-items', entity: 'user', event: 'click', of: 'item.id' },
    ...{ windowHours: 48, length: 3 },
  },
  {
    ...{ name: 'viewers', kind: 'distinct', entity: 'item', event: 'impression', of: 'user.id' },
    windowHours: 48,
  },
  {
    ...{ name: 'median', kind: 'quantile', entity: 'item', event: 'click', of: 'value', q: 0.5 },
    windowHours: 48,
  },
  {
    ...{ name: 'genre_affinity', kind: 'affinity', entity: 'user', event: 'click' },
    ...{ of: 'item.genres', windowHours: 48, length: 5, ...prior },
  },
  {
    ...{ name: 'item_frequency', kind: 'frequency', entity: 'user', event: 'impression' },
    ...{ of: 'item.id', windowHours: 48, length: 8 },
  },
  {
    ...{ name: 'session_events', kind: 'session', entity: 'user', event: 'impression' },
    ...{ windowHours: DAY, gapMinutes: 30, measure: 'events' },
  },
  {
    ...{ name: 'session_minutes', kind: 'session', entity: 'user', event: 'impression' },
    ...{ windowHours: DAY, gapMinutes: 60, measure: 'minutes' },
  },
  { name: 'price', kind: 'number', of: 'item.price' },
  { name: 'age', kind: 'age', of: 'item.made' },
  { name: 'price_to_mean', kind: 'relative', of: 'price', to: 'mean_value' },
  { name: 'price_rank', kind: 'slate', of: 'price', measure: 'rank' },
  { name: 'price_difference', kind: 'slate', of: 'price', measure: 'difference' },
  { name: 'match', kind: 'text-match', query: 'context.query', text: 'item.name' },
  { name: 'fit', kind: 'space-score' },
  { name: 'content', kind: 'content-match', query: 'context.query' },
  {
    ...{ name: 'brand', kind: 'graph-link', last: 'click', relation: 'has-brand', as: 'shared' },
    windowHours: 48,
  },
  {
    ...{ name: 'complement', kind: 'graph-link', last: 'click', relation: 'complement-of' },
    ...{ as: 'direct', windowHours: 48 },
  },
  { name: 'hops', kind: 'graph-distance', last: 'click', windowHours: 48, maxHops: 3 },
  {
    ...{ name: 'closed_hops', kind: 'graph-distance', last: 'click', windowHours: DAY },
    ...{ relations: ['in-category', 'has-brand'], maxHops: 4, nearLine: false },
  },
]
