import type { VectorTable } from '../../../functions/contract/space.ts'
import type { TrainedSpace } from '../../../functions/embeddings/placement/trained-space.ts'
import type { Interactions } from '../../../functions/embeddings/recommend/interactions.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { type Act, actsOf } from '../graph/interactions.ts'

const D = 8
const CONTENT = 16

export interface LatentWorld {
  space: TrainedSpace
  training: Interactions
  /** Events of items that the space has not, and their content. */
  withheld: readonly Act[]
  content: ReadonlyMap<string, Float32Array>
}

export const endless = (acts: Iterable<Act>): Interactions => actsOf(acts, Number.POSITIVE_INFINITY)
const name = (kind: string, n: number): string => `${kind}${String(n).padStart(4, '0')}`

function tableOf(ids: string[], vectors: number[][], out: number[][] | null, degree: number[]) {
  const matrix = (rows: number[][]): Float32Array => Float32Array.from(rows.flat())
  const table: VectorTable = {
    ...{ ids, in: matrix(vectors), out: out && matrix(out), content: null },
    degree: Float64Array.from(degree),
  }
  return table
}

/**
 * Users and items have hidden tastes. A user acts on the items that fit best, with noise; trained vectors are the
 * tastes, turned, with noise; content shows half of an item's taste, with noise. The last items are withheld.
 */
export function drawLatentWorld(
  seed: number,
  users = 300,
  items = 200,
  withheld = 40,
): LatentWorld {
  const uniform = seededUniform(seed)
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const draw = (n: number): number[] => Array.from({ length: n }, normal)
  const near = (taste: number[], noise: number): number[] =>
    taste.map((value) => value + noise * normal())
  const [tastes, kinds] = [users, items].map((n) => Array.from({ length: n }, () => draw(D)))
  const acts: Act[] = []
  for (const [u, taste] of tastes!.entries()) {
    const scored = kinds!.map((kind, i) => ({
      i,
      score: kind.reduce((sum, value, k) => sum + value * taste[k]!, 0) + 2 * normal(),
    }))
    scored.sort((a, b) => b.score - a.score)
    for (const { i } of scored.slice(0, 20)) acts.push([name('u', u), name('i', i), acts.length])
  }
  const isOld = (item: string): boolean => item < name('i', items - withheld)
  const training = acts.filter(([, item]) => isOld(item))
  const map = Array.from({ length: CONTENT }, () => draw(D / 2))
  const contents = kinds!.map((kind) => {
    const raw = map.map((row) => row.reduce((sum, value, k) => sum + value * kind[k]!, normal()))
    const norm = Math.sqrt(raw.reduce((sum, value) => sum + value * value, 0))
    return Float32Array.from(raw, (value) => value / norm)
  })
  const old = kinds!.slice(0, items - withheld)
  const degreeOf = (id: string): number => training.filter((act) => act.includes(id)).length
  const itemIds = old.map((_, i) => name('i', i))
  const userIds = tastes!.map((_, u) => name('u', u))
  const table = tableOf(
    itemIds,
    old.map((kind) => near(kind, 0.3)),
    old.map((kind) => near(kind, 0.3)),
    itemIds.map(degreeOf),
  )
  return {
    space: {
      ...{ dimensions: D, contentDimensions: CONTENT },
      items: {
        ...table,
        content: Float32Array.from(contents.slice(0, old.length).flatMap((c) => [...c])),
      },
      users: tableOf(
        userIds,
        tastes!.map((taste) => near(taste, 0.3)),
        null,
        userIds.map(degreeOf),
      ),
    },
    training: endless(training),
    withheld: acts.filter(([, item]) => !isOld(item)),
    content: new Map(contents.slice(old.length).map((c, n) => [name('i', old.length + n), c])),
  }
}
