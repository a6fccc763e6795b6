import { runPlanSchema, taskRequestSchema } from '../contract/training.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { cacheImmutable } from '../core/object-cache.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { createCounterCache } from './counter-cache.ts'
import { makeSamples } from './make.ts'
import { recipeDigest, recipeOf } from './recipe.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.samples, process.env)
const configuration = readConfiguration(import.meta.dirname)
const client = s3Client()
const lake = cacheImmutable(s3Store(environment.LAKE_BUCKET, client))
const models = s3Store(environment.MODELS_BUCKET, client)
const counters = createCounterCache(lake)
const log = stageLog(stages.samples, environment.METRICS_NAMESPACE)

/** Makes one shard of one sample set of a run's plan. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const plan = await getJson(lake, planKey, runPlanSchema)
  const scene = sceneOf(configuration, plan.scene)
  // Another recipe was deployed since. Its samples must not get the planned name. `start` ends the run.
  if (plan.recipeDigest !== recipeDigest(scene))
    return log.warn('no samples made: another recipe was deployed after the run was planned', {
      scene: plan.scene,
    })
  const task = plan.samplePieces[piece]!
  const { file, account } = await makeSamples(lake, recipeOf(scene), task, counters, models)
  log.info('samples made', { scene: plan.scene, key: file.key, ...account })
}
