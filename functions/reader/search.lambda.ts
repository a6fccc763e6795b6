import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { answerSearch, type Searches } from './answer-search.ts'
import { openIndex } from './open-index.ts'
import { openRetrieval } from './retrieval.ts'
import { openSearch } from './search.ts'
import { openServedParts } from './served-parts.ts'
import * as stages from './stages.ts'
import type { Timer } from './timer.ts'

const environment = parseEnvironment(stages.search, process.env)
const configuration = readConfiguration(import.meta.dirname)
const models = s3Store(environment.MODELS_BUCKET, s3Client())
const documents = documentClient()
const registry = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.search, environment.METRICS_NAMESPACE)
const onFault = (error: unknown, during: string): void => log.error(during, { error })

const opened = new Map<string, Searches>()

/** What is read for one invocation is read again for the next one. */
const afterThisRead: Timer = (run) => {
  queueMicrotask(run)
  return () => {}
}

/** Between two invocations the process stands still, and its timers with it: each search reads the pointer. */
function searchOf(scene: string): Searches {
  const known = opened.get(scene)
  if (known) return known
  const { search } = sceneOf(configuration, scene)
  const index = openIndex({
    ...{ scene, models, online, onFault, searchMs: 0, timer: () => () => {} },
    read: search?.read,
    servedParts: openServedParts(registry, scene),
  })
  const retrieval = openRetrieval({
    ...{ scene, index, models, online, onFault, latentMs: 0, timer: afterThisRead },
  })
  const searches = { ...openSearch(index), ...retrieval }
  opened.set(scene, searches)
  return searches
}

/** Searches. Queries may be personal: none is logged. */
export const handler = (event: unknown): Promise<unknown> => answerSearch(searchOf, event)
