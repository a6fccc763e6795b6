import { searchPlanKey, searchQueriesKey } from '../contract/keys.ts'
import { SEARCH_PART } from '../contract/part.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { canonicalJson } from '../core/digest.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { InvalidInput } from '../core/errors.ts'
import { stageLog } from '../core/log.ts'
import { openOnce } from '../core/open-once.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { acceptedOf, releasedGenerations } from '../registry/generations.ts'
import { openRegistry } from '../registry/registry.ts'
import { refreshLatent } from './latent/refresh-latent.ts'
import { createSegmentCache } from './open-snapshot.ts'
import { pageOptions } from './pages/put-pages.ts'
import { askedProbes } from './probes.ts'
import { readQueries } from './read-queries.ts'
import { openSearched, type Rebuilt, rebuildIndex } from './rebuild.ts'
import { reportQueries } from './report-queries.ts'
import { retireGenerations } from './retire.ts'
import * as stages from './stages.ts'
import { loadState } from './state.ts'

const environment = parseEnvironment(stages.rebuildIndex, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const registry = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.rebuildIndex, environment.METRICS_NAMESPACE)

/**
 * Builds a scene's index again if it is due, and reports what people searched. Input: {scene, scheduledTime} from the
 * scheduler. Where the lake is cut into parts, the answer names them, and is the input again when they are done.
 */
export async function handler(event: unknown): Promise<Rebuilt & { planKey: string }> {
  const request = scheduledRequestSchema.parse(event)
  const { scene, scheduledTime } = request
  log.follow(scheduledTime, { scene })
  const { search, objective } = sceneOf(configuration, scene)
  if (!search)
    throw new InvalidInput(`scene ${scene}: expected a section "search"; nothing was built`)
  const nowMs = Date.parse(scheduledTime)
  const pages = pageOptions(search, online)
  const ports = { lake, models, online, scene, cache: createSegmentCache(), pages }
  const queries = openOnce(() => readQueries(lake, scene, objective, nowMs))
  const released = await releasedGenerations(openRegistry(registry, scene), SEARCH_PART)
  const readAsked = async () => askedProbes((await queries()).log)
  const rebuilt = await rebuildIndex(ports, search, nowMs, { readAsked, released })
  const answer = { ...request, ...rebuilt, planKey: searchPlanKey(scene, rebuilt.generation) }
  const values = { IndexRefused: rebuilt.result === 'refused' ? 1 : 0 }
  log.measure('search index rebuilt', { scene }, values, { ...rebuilt })
  if (rebuilt.result === 'planned') return answer
  const { generations } = await loadState(online, scene)
  const retiring = await retireGenerations(ports, generations)
  const accepted = acceptedOf(generations)
  const searched = accepted && (await openSearched(ports, accepted))
  if (!searched) return answer
  const report = reportQueries(scene, await queries(), searched)
  await lake.put(searchQueriesKey(scene, nowMs), canonicalJson(report), 'application/json')
  const { requests, distinct } = report
  const latent = await refreshLatent(ports, search, searched.index)
  log.info('queries reported', { scene, requests, distinct, latent, retiring })
  return answer
}
