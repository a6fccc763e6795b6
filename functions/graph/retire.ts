import {
  entityPk,
  graphLinksKey,
  parseGraphKey,
  parseGraphShardKey,
  parseGraphSnapshotKey,
  sceneGraphPrefix,
} from '../contract/claim-keys.ts'
import type { Generation } from '../contract/generations.ts'
import { entitySk, graphPk, graphStateSk } from '../contract/graph-rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { retiredFrom } from '../registry/generations.ts'
import { decodeFacts } from './claims/encode.ts'
import { entitiesIn } from './published.ts'

export interface RetirePorts {
  models: Pick<ObjectStore, 'list' | 'get' | 'delete'>
  online: Pick<TableStore, 'deleteAll'>
  scene: string
}
export interface Retired {
  generations: number
  rows: number
  objects: number
  /** Nothing is left for the next call. */
  isWhole: boolean
}

/** Rows that one call deletes, some minutes of requests. The next call continues. */
const MAX_ROWS = 1_000_000

const isFacts = (key: string): boolean => parseGraphShardKey(key)?.table === 'facts'

/**
 * Deletes the rows and objects of a generation. Each shard of facts names rows, and goes after them; all else goes
 * first, so that a call which is stopped is continued by the next one.
 */
async function retireOne(
  { models, online, scene }: RetirePorts,
  generation: string,
  keys: readonly string[],
  done: Retired,
  mostRows: number,
): Promise<void> {
  const others = keys.filter((key) => !isFacts(key))
  // The snapshots go last of all: a generation with one is found again.
  const [snapshots, early] = [
    others.filter((key) => parseGraphSnapshotKey(key) !== null),
    others.filter((key) => parseGraphSnapshotKey(key) === null),
  ]
  await readEach(early, (key) => models.delete(key))
  done.objects += early.length
  for (const key of keys.filter(isFacts)) {
    if (done.rows >= mostRows) {
      done.isWhole = false
      return
    }
    const ids = entitiesIn(await decodeFacts(await models.get(key)))
    const sk = entitySk(generation)
    await online.deleteAll(ids.map((id) => ({ pk: entityPk(scene, id), sk })))
    await models.delete(key)
    done.rows += ids.length
    done.objects++
  }
  await online.deleteAll([{ pk: graphPk(scene), sk: graphStateSk(generation) }])
  await readEach(snapshots, (key) => models.delete(key))
  done.objects += snapshots.length
  done.generations++
}

/**
 * Deletes the graphs that no release needs any more: those that `kept` has not, and that are older than its newest. Their
 * claims stay: they are the lake's. `sampled` are those whose links samples still follow: these stay, too.
 */
export async function retireGraphs(
  ports: RetirePorts,
  kept: readonly Generation[],
  mostRows = MAX_ROWS,
  sampled: ReadonlySet<string> = new Set(),
): Promise<Retired> {
  const done: Retired = { generations: 0, rows: 0, objects: 0, isWhole: true }
  if (kept.length === 0) return done
  const isRetired = retiredFrom(kept)
  const listed = await ports.models.list(sceneGraphPrefix(ports.scene))
  const byGeneration = Map.groupBy(
    listed.map(({ key }) => key),
    (key) => parseGraphKey(key)?.generation ?? '',
  )
  for (const [generation, keys] of byGeneration) {
    if (!done.isWhole || generation === '' || !isRetired(generation)) continue
    const links = graphLinksKey(ports.scene, generation)
    const gone = keys.filter((key) => key !== links || !sampled.has(generation))
    if (gone.length > 0) await retireOne(ports, generation, gone, done, mostRows)
  }
  return done
}
