import { Flaw } from '../json-record.ts'
import type { Adapter } from './adapter.ts'
import { splitQuoted } from './split.ts'
import { numberIn, numberOrNone, readTable } from './table.ts'
import { isoMs } from './timestamps.ts'

const USER_FEATURES = ['user_feature_0', 'user_feature_1', 'user_feature_2', 'user_feature_3']
const ITEM_FEATURES = ['item_feature_0', 'item_feature_1', 'item_feature_2', 'item_feature_3']

/** The column of row numbers has no name. */
const nameOf = (heading: string): string => (heading === '' ? 'index' : heading)
const table = { split: splitQuoted(','), separator: ',', nameOf }

/** `bts-men` is the policy bts on the campaign men. Each campaign numbers its items from zero. */
function partsOf(source: string | null): { policy: string; campaign: string } {
  const [policy, ...campaign] = (source ?? 'unknown-unknown').split('-')
  return { policy: policy!, campaign: campaign.join('-') }
}

/**
 * Open Bandit Dataset (Saito et al. 2021, appendix A): an impression with position and propensity,
 * and its click. It names no person, so rows with the same four user features count as one user.
 * The affinity columns are not read.
 */
export const openBandit: Adapter = {
  open(kind, scene, { source }) {
    const { policy, campaign } = partsOf(source)
    const itemIdOf = (item: string): string => `${campaign}-${item}`
    if (kind === 'items')
      return readTable({ ...table, wanted: ['item_id', ...ITEM_FEATURES] }, (cell) => {
        const first = numberIn('item_feature_0', cell('item_feature_0'))
        if (typeof first !== 'number') return first
        const attributes = Object.fromEntries(
          ITEM_FEATURES.slice(1).map((name) => [name, cell(name)]),
        )
        return [
          {
            id: itemIdOf(cell('item_id')!),
            attributes: { ...attributes, item_feature_0: first.toFixed(1), campaign },
          },
        ]
      })
    const columns = [
      'index',
      'timestamp',
      'item_id',
      'position',
      'click',
      'propensity_score',
      ...USER_FEATURES,
    ]
    return readTable({ ...table, wanted: columns }, (cell) => {
      const timeMs = isoMs(cell('timestamp')!)
      if (timeMs === null)
        return new Flaw(
          'bad_row',
          'timestamp: got no date and time, expected one such as 2019-11-24 00:01:03.979311+00:00',
        )
      const position = numberOrNone('position', cell('position'))
      if (typeof position === 'object') return position
      const propensity = numberOrNone('propensity_score', cell('propensity_score'))
      if (typeof propensity === 'object') return propensity
      const click = cell('click')!
      if (click !== '0' && click !== '1')
        return new Flaw(
          'bad_row',
          `click: got ${JSON.stringify(click.slice(0, 20))}, expected 0 or 1`,
        )
      const requestId = `${source ?? 'log'}-${cell('index')}`
      const features = Object.fromEntries(USER_FEATURES.map((name) => [name, cell(name)]))
      const about = {
        timeMs,
        userId: Object.values(features).join('-'),
        itemId: itemIdOf(cell('item_id')!),
        requestId,
        context: { ...features, policy, campaign },
      }
      const impression = {
        type: 'impression',
        eventId: `${requestId}-shown`,
        ...about,
        position,
        propensity,
      }
      if (click === '0') return [impression]
      return [
        impression,
        { type: 'outcome', eventId: `${requestId}-clicked`, ...about, outcome: scene.objective },
      ]
    })
  },
}
