import type { SampleTask } from '../contract/accounts.ts'
import { parseCleanEntitiesKey, parseCountersKey, parseOpenDrop } from '../contract/keys.ts'
import type { EntityRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { openOnce } from '../core/open-once.ts'
import { readRows } from '../core/read-rows.ts'
import { indexCatalogue } from '../features/catalogue.ts'
import { openLinks } from '../features/links.ts'
import { isUniversal, seriesOf } from '../features/series.ts'
import { openSpaces, spaceReads } from '../features/spaces.ts'
import { countedEvents, createTimeline, type Timeline } from '../features/timeline.ts'
import type { CounterCache } from './counter-cache.ts'
import { eventsCounted, type SampleRecipe } from './recipe.ts'

/** What the values of a task depend on. */
export type ValueTask = Pick<
  SampleTask,
  | 'scene'
  | 'shard'
  | 'shards'
  | 'entityKeys'
  | 'counterKeys'
  | 'drops'
  | 'exclusions'
  | 'spaces'
  | 'graphs'
>
/**
 * Everything that the values of a task's samples are computed from. Memory: the counters and states of
 * its users and of all other entities, and the catalogue. Throws ObjectMissing if an input is missing.
 * The same `filterName` must mean the same users. `models` is needed where the task names spaces or graphs.
 */
export async function openValues(
  store: ObjectStore,
  recipe: SampleRecipe,
  task: ValueTask,
  counters: CounterCache,
  isInShard: (row: { user: string }) => boolean,
  filterName = `${task.scene} ${task.shard} of ${task.shards}`,
  models?: Pick<ObjectStore, 'get'>,
): Promise<Timeline> {
  const entitiesOf = (kind: string): string[] =>
    task.entityKeys.filter((key) => parseCleanEntitiesKey(key)?.kind === kind)
  const series = seriesOf(recipe.features)
  const others = series.filter((one) => !isUniversal(one))
  const itemRows = await readRows<EntityRow>(store, entitiesOf('items'))
  const userRows = await readRows<EntityRow>(store, entitiesOf('users'), {
    isWanted: ({ id }) => isInShard({ user: id }),
  })
  const { scene, counterKeys, drops } = task
  const inputs = { scene, counterKeys, drops, filterName }
  const counts = await counters.open({
    ...inputs,
    isWanted: ({ kind, id }) => kind !== 'user' || isInShard({ user: id }),
  })
  // Events of other shards need their users, too.
  const loadCatalogues = openOnce(async () => ({
    items: indexCatalogue(itemRows, 0),
    users: indexCatalogue(await readRows<EntityRow>(store, entitiesOf('users')), 0),
  }))
  const states = await counters.states.open({
    ...inputs,
    series: others,
    isInShard,
    loadCatalogues,
  })
  const spaces =
    task.spaces &&
    (await openSpaces(models!, scene, task.spaces, spaceReads(recipe), (user) =>
      isInShard({ user }),
    ))
  const links = task.graphs && (await openLinks(models!, scene, task.graphs))
  const nearLineMs = recipe.visibility.nearLineSeconds * 1000
  return createTimeline({
    rule: { ...recipe.visibility, exclusions: task.exclusions },
    events: eventsCounted(recipe, countedEvents(series)),
    closings: counts.closings.map((coded, i) => ({
      closedThroughMs: parseCountersKey(task.counterKeys[i]!)!.closedThroughMs,
      counts: coded,
    })),
    drops: counts.drops.map((coded, i) => ({
      arrivalMs: parseOpenDrop(task.drops[i]!)!.arrivalMs,
      counts: coded,
    })),
    states,
    items: indexCatalogue(itemRows, nearLineMs),
    users: indexCatalogue(userRows, nearLineMs),
    spaces,
    links,
  })
}
