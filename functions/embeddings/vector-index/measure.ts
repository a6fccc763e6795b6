import type { Found, VectorIndex } from './open.ts'

const WORST = 20
const DEPTH = 10

interface Recall {
  /** The mean share of the exact best ten that the index finds. 1 without queries. */
  recall: number
  queries: number
  /** Of queries that miss some, the worst first. */
  worst: { id: string; recall: number }[]
}

/** recall@10 of an index beside exact search. Queries without a result count for nothing. */
export function measureRecall(
  index: Pick<VectorIndex, 'search'>,
  queries: readonly { id: string; vector: Float32Array }[],
  exact: Pick<VectorIndex, 'search'>,
): Recall {
  const measured = queries.flatMap(({ id, vector }) => {
    const expected = exact.search(vector, { k: DEPTH })
    const found = new Set(index.search(vector, { k: DEPTH }).map((one: Found) => one.id))
    const hits = expected.filter((one) => found.has(one.id)).length
    return expected.length > 0 ? [{ id, recall: hits / expected.length }] : []
  })
  const sum = measured.reduce((total, { recall }) => total + recall, 0)
  return {
    recall: measured.length > 0 ? sum / measured.length : 1,
    queries: measured.length,
    worst: measured
      .filter(({ recall }) => recall < 1)
      .sort((a, b) => a.recall - b.recall || (a.id < b.id ? -1 : 1))
      .slice(0, WORST),
  }
}

interface SelfFound {
  /** The share of vectors that find themselves. 1 without vectors. */
  share: number
  checked: number
  /** The first ids of those that do not. */
  lost: string[]
}

/** Whether each vector of an index finds itself. Vectors of zeros are left out where they have no cosine. */
export function selfFound(index: VectorIndex): SelfFound {
  let checked = 0
  let found = 0
  const lost: string[] = []
  for (let place = 0; place < index.header.count; place++) {
    const isFound = index.findsItself(place)
    if (isFound === null) continue
    checked++
    if (isFound) found++
    else if (lost.length < WORST) lost.push(index.idAt(place))
  }
  return { share: checked > 0 ? found / checked : 1, checked, lost }
}
