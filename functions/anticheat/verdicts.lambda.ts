import { type RunState, runPlanSchema, runStateSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { openRegistry } from '../registry/registry.ts'
import * as stages from './stages.ts'
import { makeVerdicts } from './verdicts.ts'

const environment = parseEnvironment(stages.verdicts, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const documents = documentClient()
const registryTable = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const log = stageLog(stages.verdicts, environment.METRICS_NAMESPACE)

/** Makes the verdicts of a run's screening, if it has one. Returns its input, for the next state. */
export async function handler(event: unknown): Promise<RunState> {
  const state = runStateSchema.parse(event)
  const { scene: name, planKey } = state
  log.follow(planKey)
  const { screen } = await getJson(lake, planKey, runPlanSchema)
  if (!screen) return state
  const { statements } = openRegistry(registryTable, name)
  const scene = sceneOf(configuration, name)
  const ports = { lake, online, statements }
  const made = await makeVerdicts(ports, scene, screen, environment.DETECTORS_DIGEST)
  if (!made) {
    log.info('screened by another run', { scene: name, closedThroughMs: screen.closedThroughMs })
    return state
  }
  const { manifest, counts, corrected, users } = made
  const values = {
    Verdicts: manifest.verdicts,
    EventsRemoved: corrected.removed,
    EventsRestored: corrected.restored,
  }
  log.measure('verdicts made', { scene: name }, values, { ...counts, users })
  return state
}
