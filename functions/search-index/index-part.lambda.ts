import { taskRequestSchema } from '../contract/training.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { indexPart } from './index-part.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.indexPart, process.env)
const client = s3Client()
const lake = s3Store(environment.LAKE_BUCKET, client)
const models = s3Store(environment.MODELS_BUCKET, client)
const log = stageLog(stages.indexPart, environment.METRICS_NAMESPACE)

/** Indexes one part of a planned build. Input: a plan and the number of a part, from the state machine. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = taskRequestSchema.parse(event)
  log.follow(planKey, { piece })
  const part = await indexPart({ lake, models }, planKey, piece)
  if (part.result === 'outdated')
    log.warn('other code began this index: a new one is begun', { planKey })
  else log.info('part indexed', { planKey, piece, ...part })
}
