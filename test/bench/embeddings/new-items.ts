import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { embeddingsSchema } from '../../../functions/contract/embeddings.ts'
import type { VectorTable } from '../../../functions/contract/space.ts'
import { createContentReader } from '../../../functions/embeddings/content/content-vectors.ts'
import { trainDeepWalk } from '../../../functions/embeddings/deepwalk/training.ts'
import { buildGraph } from '../../../functions/embeddings/graph/build-graph.ts'
import { type Graph, NODE_KINDS } from '../../../functions/embeddings/graph/graph.ts'
import { choosePlacement } from '../../../functions/embeddings/placement/choose-placement.ts'
import {
  judgeNewItems,
  splitNewItems,
} from '../../../functions/embeddings/placement/new-item-trial.ts'
import type { Interactions } from '../../../functions/embeddings/recommend/interactions.ts'
import { unitInterval } from '../../../functions/math/hash.ts'
import { type Act, actsOf } from '../../embeddings/graph/interactions.ts'

/** Items with fewer positives are not withheld: too few are left to judge by. */
const MIN_EVENTS = 15
const WITHHELD = 250
const definition = embeddingsSchema.parse({
  text: ['title', 'attributes.genres'],
  graph: { sessionMinutes: 0 },
})
const { dimensions, contentDimensions } = definition

const linesOf = (folder: string, name: string): string[][] =>
  gunzipSync(readFileSync(join(folder, 'ml-100k', `ml-100k.${name}.gz`)))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))

/** Ratings of four and five, in the order of the file. */
const readActs = (folder: string): Act[] =>
  linesOf(folder, 'inter').flatMap(([user, item, rating, seconds]): Act[] =>
    Number(rating) >= 4 ? [[user!, item!, Number(seconds) / 60]] : [],
  )
const endless = (acts: readonly Act[]): Interactions => actsOf(acts, Number.POSITIVE_INFINITY)

function readContent(folder: string): Map<string, Float32Array> {
  const reader = createContentReader(definition)
  return new Map(
    linesOf(folder, 'item').flatMap(([id, title, , genres]) => {
      const attributes = { genres: (genres ?? '').split(' ') }
      const vector = reader.vectorOf({ attributes, title: title!, text: '' })
      return vector ? [[id!, vector]] : []
    }),
  )
}

function tableOf(
  graph: Graph,
  kind: 'user' | 'item',
  matrices: { in: Float32Array; out: Float32Array },
) {
  const number = NODE_KINDS.indexOf(kind)
  const [from, to] = [graph.kinds.indexOf(number), graph.kinds.lastIndexOf(number) + 1]
  const rows = (matrix: Float32Array) => matrix.slice(from * dimensions, to * dimensions)
  const ids = graph.ids.slice(from, to)
  const table: VectorTable = {
    ...{ ids, in: rows(matrices.in), out: kind === 'item' ? rows(matrices.out) : null },
    degree: Float64Array.from(
      ids,
      (_, n) => graph.offsets[from + n + 1]! - graph.offsets[from + n]!,
    ),
    content: null,
  }
  return table
}

function trainSpace(
  interactions: Interactions,
  content: ReadonlyMap<string, Float32Array>,
  seed: number,
) {
  const graph = buildGraph({ interactions, items: [], documents: [] }, definition.graph, seed)
  const vectors = trainDeepWalk(graph, { dimensions, walks: definition.walks, seed })
  const items = tableOf(graph, 'item', vectors)
  const rows = new Float32Array(items.ids.length * contentDimensions)
  for (const [row, id] of items.ids.entries())
    rows.set(content.get(id) ?? [], row * contentDimensions)
  return {
    ...{ dimensions, contentDimensions, users: tableOf(graph, 'user', vectors) },
    items: { ...items, content: rows },
  }
}

/**
 * Withholds some items of MovieLens 100k, trains a space without them, and places each with its first three
 * positives. Also trains a space with those three: what placement stands in for. AUC among the withheld items, the
 * mean over users.
 */
export function placeWithheldItems(folder: string, seed: number) {
  const [acts, content] = [readActs(folder), readContent(folder)]
  const counts = new Map<string, number>()
  for (const [, item] of acts) counts.set(item, (counts.get(item) ?? 0) + 1)
  const chance = (item: string): number => unitInterval(item, seed)
  const withheldItems = new Set(
    [...counts]
      .flatMap(([item, count]) => (count >= MIN_EVENTS ? [item] : []))
      .sort((a, b) => chance(a) - chance(b))
      .slice(0, WITHHELD),
  )
  const training = endless(acts.filter(([, item]) => !withheldItems.has(item)))
  const known = new Set(training.users)
  const own = acts.filter(([user, item]) => withheldItems.has(item) && known.has(user))
  const withheld = endless(own)
  const began = performance.now()
  const chosen = choosePlacement({
    ...{ space: trainSpace(training, content, seed), training, withheld, seed },
    content: new Map([...content].filter(([item]) => withheldItems.has(item))),
  })
  const seconds = (performance.now() - began) / 1000
  const trial = splitNewItems(withheld, 3)
  const isKnown = new Set<string>()
  for (const [user, id] of trial.known.users.entries())
    for (let e = trial.known.offsets[user]!; e < trial.known.offsets[user + 1]!; e++)
      isKnown.add(`${id} ${trial.known.items[trial.known.targets[e]!]}`)
  const both = acts.filter(
    ([user, item]) => !withheldItems.has(item) || isKnown.has(`${user} ${item}`),
  )
  const retrained = trainSpace(endless(both), content, seed)
  const areas = [...judgeNewItems(trial, retrained.users, retrained.items, dimensions).values()]
  const trained = areas.reduce((sum, area) => sum + area, 0) / areas.length
  return { ...chosen, trained, seconds }
}
