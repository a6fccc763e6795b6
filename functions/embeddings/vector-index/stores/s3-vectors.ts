import {
  ConflictException,
  CreateIndexCommand,
  DeleteIndexCommand,
  DeleteVectorsCommand,
  GetIndexCommand,
  NotFoundException,
  PutVectorsCommand,
  paginateListIndexes,
  QueryVectorsCommand,
  S3VectorsClient,
} from '@aws-sdk/client-s3vectors'
import { QuartermasterError } from '../../../core/errors.ts'
import {
  batchesOf,
  inOrder,
  isWorthAsking,
  prepareVectors,
  queryForm,
  storedDimensions,
  type VectorSet,
  type VectorStore,
} from './store.ts'

/** "Limitations and restrictions", Amazon S3 Vectors: vectors of one request, and results of one query. */
const MAX_VECTORS = 500
const MAX_RESULTS = 100
/** "PutInputVector": characters of a key. */
const MAX_KEY_CHARACTERS = 1024
/** An index takes 2,500 vectors and 1,000 requests a second, and declines more: the client slows down then. */
const CLIENT = { retryMode: 'adaptive', maxAttempts: 10 } as const

export const s3VectorsClient = (): S3VectorsClient => new S3VectorsClient(CLIENT)

interface Target {
  client: S3VectorsClient
  /** The vector bucket. */
  bucket: string
  scene: string
}

/** "Vector index naming requirements": 3 to 63 of a-z, 0-9, hyphen and dot. A scene has at most 24. */
const indexName = (scene: string, { generation, side }: Pick<VectorSet, 'generation' | 'side'>) =>
  `${scene}.${generation}.${side}`

const whyUnfit = (id: string): string | null =>
  id.length >= 1 && id.length <= MAX_KEY_CHARACTERS
    ? null
    : `the id has ${id.length} characters, expected 1 to ${MAX_KEY_CHARACTERS}`

async function* indexNames(
  { client, bucket, scene }: Target,
  generation = '',
): AsyncGenerator<string> {
  const prefix = generation === '' ? `${scene}.` : `${scene}.${generation}.`
  const request = { vectorBucketName: bucket, prefix }
  for await (const { indexes = [] } of paginateListIndexes({ client }, request))
    for (const { indexName: name } of indexes) yield name!
}

/** Makes an index. Throws QuartermasterError where one exists of other dimensions. */
async function makeIndex({ client, bucket, scene }: Target, set: VectorSet): Promise<void> {
  const address = { vectorBucketName: bucket, indexName: indexName(scene, set) }
  const shape = { dimension: storedDimensions(set), distanceMetric: 'cosine' } as const
  try {
    await client.send(new CreateIndexCommand({ ...address, ...shape, dataType: 'float32' }))
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error
    const { index } = await client.send(new GetIndexCommand(address))
    const found = `${index?.dimension} dimensions by ${index?.distanceMetric}`
    const expected = `${shape.dimension} dimensions by ${shape.distanceMetric}`
    if (found === expected) return
    throw new QuartermasterError(
      `Vector index ${address.indexName} in ${bucket}: got ${found}, expected ${expected}; delete it`,
    )
  }
}

/** Undefined where the index is missing. A bucket that is missing is a fault of the deployment. */
async function unlessMissing<T>(
  target: Target,
  set: VectorSet,
  send: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error
    const name = indexName(target.scene, set)
    // The listing throws where the bucket is missing.
    for await (const found of indexNames(target, set.generation)) if (found === name) throw error
    return undefined
  }
}

/**
 * Amazon S3 Vectors: an index `<scene>.<generation>.<side>` for each set, under cosine. Inner products are
 * searched by `setAugmented`. The service's searches are approximate.
 */
export function s3VectorsStore(target: Target): VectorStore {
  const { client, bucket, scene } = target
  const addressOf = (set: VectorSet) => ({
    ...{ vectorBucketName: bucket, indexName: indexName(scene, set) },
  })
  const remove = async (set: VectorSet, ids: readonly string[]): Promise<void> => {
    for (const keys of batchesOf(ids, MAX_VECTORS))
      await unlessMissing(target, set, () =>
        client.send(new DeleteVectorsCommand({ ...addressOf(set), keys })),
      )
  }
  return {
    maxK: MAX_RESULTS,
    async put(set, vectors) {
      const { rows, refused } = prepareVectors(set, vectors, whyUnfit)
      await makeIndex(target, set)
      for (const batch of batchesOf(rows, MAX_VECTORS)) {
        const stored = batch.map(({ id, values }) => ({
          ...{ key: id, data: { float32: [...values] } },
        }))
        await client.send(new PutVectorsCommand({ ...addressOf(set), vectors: stored }))
      }
      const known = refused.map(({ id }) => id).filter((id) => whyUnfit(id) === null)
      await remove(set, known)
      return { written: rows.length, refused }
    },
    delete: (set, ids) =>
      remove(
        set,
        ids.filter((id) => whyUnfit(id) === null),
      ),
    async search(set, query, k) {
      const asked = queryForm(set, query)
      if (!isWorthAsking(k, MAX_RESULTS) || !asked) return []
      const request = { topK: k, queryVector: { float32: [...asked.values] }, returnDistance: true }
      const answer = await unlessMissing(target, set, () =>
        client.send(new QueryVectorsCommand({ ...addressOf(set), ...request })),
      )
      const found = answer?.vectors ?? []
      return inOrder(
        found.map(({ key, distance }) => ({ id: key!, score: (1 - distance!) * asked.scale })),
      )
    },
    async generations() {
      const found = new Set<string>()
      for await (const name of indexNames(target)) found.add(name.split('.')[1]!)
      return [...found].sort()
    },
    async drop(generation) {
      for await (const name of indexNames(target, generation))
        await client.send(new DeleteIndexCommand({ vectorBucketName: bucket, indexName: name }))
    },
  }
}
