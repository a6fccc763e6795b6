import type { LanguageModelDefinition } from '../contract/graph.ts'
import { GRAPH_PART } from '../contract/part.ts'
import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { releasedGenerations } from '../registry/generations.ts'
import { openRegistry } from '../registry/registry.ts'
import type { LanguageModel } from './extract/language-model/port.ts'
import { type FoldedGraph, foldGraph } from './fold-graph.ts'
import { keepGraphs } from './keep-graphs.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.foldGraph, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const documents = documentClient()
const table = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.foldGraph, environment.METRICS_NAMESPACE)

/** The client of Bedrock is loaded for scenes that ask a model. */
async function openModel(
  definition: LanguageModelDefinition | undefined,
): Promise<LanguageModel | null> {
  if (!definition) return null
  const { bedrockClient, bedrockModel } = await import('./extract/language-model/bedrock.ts')
  return bedrockModel(bedrockClient(), definition)
}

/** Folds what arrived into a scene's graph, and builds it again if that is due. Input: {scene, scheduledTime}. */
export async function handler(event: unknown): Promise<FoldedGraph> {
  const { scene: name, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene: name })
  const scene = sceneOf(configuration, name)
  const model = await openModel(scene.graph?.languageModel)
  const ports = { lake, models, online, scene, codeDigest: environment.CODE_DIGEST, model }
  const registry = openRegistry(table, name)
  const released = await releasedGenerations(registry, GRAPH_PART)
  const folded = await foldGraph(ports, Date.parse(scheduledTime), released)
  const values = {
    GraphRefused: folded.result === 'refused' ? 1 : 0,
    GraphFacts: folded.facts,
    ClaimsRefused: folded.refusedClaims,
  }
  log.measure('graph folded', { scene: name }, values, { ...folded })
  const retired = await keepGraphs({ models, online, registry, scene }, Date.parse(scheduledTime))
  log.info('graphs retired', { ...retired })
  return folded
}
