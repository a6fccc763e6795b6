import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incrementRequestSchema } from '../contract/requests.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { type Ended, trainIncrement } from './increment.ts'
import * as stages from './stages.ts'

const environment = parseEnvironment(stages.increment, process.env)
const client = s3Client()
const ports = {
  lake: s3Store(environment.LAKE_BUCKET, client),
  models: s3Store(environment.MODELS_BUCKET, client),
  folder: join(tmpdir(), 'quartermaster'),
}
const log = stageLog(stages.increment, environment.METRICS_NAMESPACE)

/** Trains an hourly increment. Input: the output of `start`. Output: as in SageMaker's event. */
export async function handler(event: unknown): Promise<Ended> {
  const request = incrementRequestSchema.parse(event)
  log.follow(request.version, { scene: request.scene })
  const ended = await trainIncrement(ports, request, (line) => log.info(line))
  log.info('increment trained', { status: ended.detail.TrainingJobStatus })
  return ended
}
