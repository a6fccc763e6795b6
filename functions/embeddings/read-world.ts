import type { Attributes } from '../contract/attributes.ts'
import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { type ContentAccount, createContentReader } from './content/content-vectors.ts'
import { embeddingsOf } from './generations.ts'
import type { Described } from './graph/described-items.ts'
import { type EntityStatement, readCatalogue } from './graph/read-catalogue.ts'
import { type ReadEvents, readEvents } from './graph/read-events.ts'

/** An item or a document, as far as a space is concerned. */
export interface Entity extends Described {
  /** contentDimensions, of length 1. Null: it has no content. */
  content: Float32Array | null
  title: string
  /** What the definition's category is of it. */
  category: string | null
}

/** When a build or a placement was scheduled, and through when hours were closed then. */
export interface ReadTimes {
  scheduledMs: number
  closedThroughMs: number
}

/** Everything that a space is made of. Entities are in the order of their ids. */
export interface World {
  events: ReadEvents
  items: readonly Entity[]
  documents: readonly Entity[]
  /** By user. Empty where the definition names no segment. */
  segments: ReadonlyMap<string, string>
  content: ContentAccount
}

/** An attribute as one text; null where there is none. */
function textOf(attributes: Attributes, name: string | undefined): string | null {
  if (name === undefined || !Object.hasOwn(attributes, name)) return null
  const value = attributes[name]!
  return String(Array.isArray(value) ? (value[0] ?? '') : value) || null
}

const pick = (attributes: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(
    names.flatMap((n) => (Object.hasOwn(attributes, n) ? [[n, attributes[n]!]] : [])),
  )

/** What is kept of a statement. Memory: the content vector, and the attributes that become edges. */
function entityReader(
  { graph, lists, ...content }: EmbeddingsDefinition,
  wantsContent: (id: string) => boolean,
) {
  const reader = createContentReader(content)
  const names = [...graph.attributes, ...(graph.documentItem ? [graph.documentItem] : [])]
  const take = (statement: EntityStatement): Omit<Entity, 'id'> => {
    const { attributes, title } = statement
    return {
      attributes: pick(attributes, names),
      content: wantsContent(statement.id) ? reader.vectorOf(statement) : null,
      title: title || (textOf(attributes, 'title') ?? ''),
      category: textOf(attributes, lists.category),
    }
  }
  return { take, account: reader.account }
}

/** Reads the statements that had arrived by then. Content takes most of the time: of those that are wanted alone. */
export async function readEntities(
  lake: ObjectStore,
  scene: Scene,
  { scheduledMs }: Pick<ReadTimes, 'scheduledMs'>,
  wantsContent: (id: string) => boolean = () => true,
): Promise<Pick<World, 'items' | 'documents' | 'content'>> {
  const { take, account } = entityReader(embeddingsOf(scene), wantsContent)
  const read = async (kind: 'items' | 'documents'): Promise<Entity[]> => {
    const found = await readCatalogue(lake, scene.scene, kind, arrivedThrough(scheduledMs), take)
    return found.map(({ id, kept }) => ({ id, ...kept }))
  }
  return { items: await read('items'), documents: await read('documents'), content: account }
}

/** Reads the segment of each user that has one. */
async function readSegments(
  lake: ObjectStore,
  scene: Scene,
  { scheduledMs }: ReadTimes,
): Promise<Map<string, string>> {
  const { segment } = embeddingsOf(scene).lists
  if (segment === undefined) return new Map()
  const take = ({ attributes }: EntityStatement): string | null => textOf(attributes, segment)
  const byMs = arrivedThrough(scheduledMs)
  const found = await readCatalogue(lake, scene.scene, 'users', byMs, take)
  return new Map(found.map(({ id, kept }) => [id, kept]))
}

/** Reads what a space of this scene is made of: closed events behind verdicts, and the catalogue. */
export async function readWorld(lake: ObjectStore, scene: Scene, times: ReadTimes): Promise<World> {
  const { lookbackDays } = embeddingsOf(scene).graph
  const { scheduledMs, closedThroughMs } = times
  const events = await readEvents(lake, scene, {
    fromMs: Math.max(0, closedThroughMs - lookbackDays * DAY_MS),
    ...{ throughMs: closedThroughMs, nowMs: scheduledMs },
  })
  const entities = await readEntities(lake, scene, times)
  return { events, ...entities, segments: await readSegments(lake, scene, times) }
}
