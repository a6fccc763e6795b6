import { expect, test } from 'vitest'
import { featureSchema } from '../../functions/contract/features.ts'
import { describeFeature } from '../../functions/features/describe.ts'

const counted = { name: 'x', entity: 'item', windowHours: 24 }
const prior = { priorRate: 0.1, priorStrength: 10 }

test.each([
  [{ ...counted, kind: 'count', event: 'impression' }, 'count of impression by item in 24 h'],
  [
    { ...counted, kind: 'count', event: 'impression', nearLine: false },
    'count of impression by item in 24 h',
  ],
  [
    { ...counted, kind: 'rate', outcome: 'click', ...prior, examination: [1, 0.5] },
    'rate of click by item in 24 h, examination of 2 positions, prior 0.1 × 10',
  ],
  [
    { ...counted, kind: 'ratio', event: 'purchase', per: 'click', ...prior },
    'ratio of purchase per click by item in 24 h, prior 0.1 × 10',
  ],
  [{ ...counted, kind: 'sum', event: 'purchase' }, 'sum of purchase by item in 24 h'],
  [
    { ...counted, kind: 'distinct', event: 'click', of: 'user.id' },
    'distinct of user.id over click by item in 24 h',
  ],
  [
    { ...counted, kind: 'quantile', event: 'purchase', q: 0.9 },
    'quantile of purchase by item in 24 h, q 0.9',
  ],
  [{ name: 'x', kind: 'category', of: 'item.brand' }, 'category of item.brand'],
  [{ name: 'x', kind: 'cross', of: ['brand', 'shop'] }, 'cross of brand and shop'],
  [{ name: 'x', kind: 'relative', of: 'price', to: 'mean' }, 'relative of price to mean'],
  [
    { name: 'x', kind: 'graph-link', last: 'click', relation: 'has-brand' },
    'graph-link to the last item of click in 720 h, relation has-brand, as shared',
  ],
  [
    { name: 'x', kind: 'graph-distance', last: 'click', relations: ['about', 'mentions'] },
    'graph-distance to the last item of click in 720 h, relations about and mentions, maxHops 3',
  ],
  [
    { name: 'x', kind: 'text-match', query: 'context.query', text: 'item.title' },
    'text-match, query context.query, text item.title',
  ],
])('A feature is described in one line: %j', (feature, line) => {
  expect(describeFeature(featureSchema.parse(feature))).toBe(line)
})
