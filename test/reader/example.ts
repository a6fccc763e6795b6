import {
  createPseudonyms,
  documentClient,
  dynamoTable,
  openReader,
  type Reader,
  s3Client,
  s3Store,
} from 'quartermaster/reader'

/** An online service's use of the reader: clients find their region and endpoint as the SDK does. */
export async function openFeed(env: Record<string, string>): Promise<Reader> {
  const tables = documentClient()
  const pseudonym = createPseudonyms(env['IDENTITY_SECRET']!, 'feed')
  return openReader({
    scene: 'feed',
    models: s3Store(env['MODELS_BUCKET']!, s3Client()),
    registry: dynamoTable(env['REGISTRY_TABLE']!, tables),
    online: dynamoTable(env['ONLINE_TABLE']!, tables),
    identify: (user) => pseudonym('user', user),
    onFault: (fault, during) => console.error(during, fault),
  })
}

/** Ranks candidates for a person, best first; `release` belongs in the impressions' log. */
export async function rank(feed: Reader, user: string, candidates: string[], nowMs: number) {
  const { scores, release } = await feed.scoreSlate({
    user,
    timeMs: nowMs,
    context: { device: 'phone' },
    items: candidates.map((item) => ({ item })),
  })
  const order = candidates.map((item, n) => ({ item, score: scores[n]! }))
  return { release, slate: order.sort((a, b) => b.score - a.score) }
}
