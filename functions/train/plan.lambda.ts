import { type JobEvent, type RunState, runRequestSchema, TIERS } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { documentClient, dynamoTable } from '../core/dynamodb.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { cacheImmutable } from '../core/object-cache.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { sageMakerJobs } from '../core/training-jobs.ts'
import { loadFolded } from '../features/near-line.ts'
import { type Ages, loadAges } from '../registry/ages.ts'
import { loadLineage, openRegistry } from '../registry/registry.ts'
import { findMissedEnds } from './missed-ends.ts'
import { planKeyOf, planRun } from './plan-run.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.plan, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = cacheImmutable(s3Store(environment.MODELS_BUCKET, client))
const documents = documentClient()
const table = dynamoTable(environment.REGISTRY_TABLE, documents)
const online = dynamoTable(environment.ONLINE_TABLE, documents)
const jobs = sageMakerJobs()
const log = stageLog(stages.plan, environment.METRICS_NAMESPACE)

/** Every scheduled run measures ages, so they are known even if nothing is released. */
function measureScene(scene: string, ages: Ages, valuesAge: number | null): void {
  const { acceptedAge, servedAge, leaseOverdue, leaseHeld } = ages
  const lease = { LeaseOverdue: leaseOverdue, LeaseHeld: leaseHeld }
  const served = servedAge !== null && { ServedAge: servedAge }
  const values = { ...lease, ...served, ...(valuesAge !== null && { ValuesAge: valuesAge }) }
  log.measure('scene measured', { scene }, values)
  for (const tier of TIERS)
    if (acceptedAge[tier] !== undefined)
      log.measure('tier measured', { scene, tier }, { AcceptedAge: acceptedAge[tier] })
}

/** Decides a run. Input: the scheduler's {scene, tier, scheduledTime}. `ended`: trainings to judge first. */
export async function handler(event: unknown): Promise<RunState & { ended: JobEvent[] }> {
  const request = runRequestSchema.parse(event)
  const scene = sceneOf(configuration, request.scene)
  const registry = openRegistry(table, request.scene)
  const nowMs = Date.parse(request.scheduledTime)
  const planKey = planKeyOf(request)
  log.follow(planKey, { tier: request.tier })
  // This comes before the run takes a lease.
  const [lineage, current, folded] = await Promise.all([
    loadLineage(registry, nowMs),
    registry.current(),
    loadFolded(online, request.scene),
  ])
  const ages = await loadAges(registry, lineage, current, { planKey, nowMs })
  measureScene(request.scene, ages, folded && (nowMs - folded.closedThroughMs) / 1000)
  const read = { lineage, current }
  const state = await planRun({ lake, models, registry, online, read }, scene, request, {
    samples: environment.SAMPLES_DIGEST,
    trainer: environment.TRAINER_DIGEST,
    trainerState: environment.TRAINER_STATE,
    hasIncrementFunction: environment.INCREMENT_FUNCTION === 'deployed',
  })
  const { closingPieces, screenPieces, statePieces, foldPieces, samplePieces, ...run } = state
  const pieces = [closingPieces, screenPieces, statePieces, foldPieces, samplePieces]
  const tasks = pieces.map(({ length }) => length)
  log.info('run planned', { ...run, tasks })
  const ended = await findMissedEnds(jobs, lineage, nowMs)
  for (const { detail } of ended) log.warn('a training ended without its event', { ...detail })
  return { ...state, ended }
}
