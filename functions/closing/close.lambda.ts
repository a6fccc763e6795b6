import { pieceRequestSchema, runPlanSchema } from '../contract/training.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { getJson } from '../core/objects.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { closePiece } from './close.ts'

const environment = parseEnvironment('close', process.env)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const log = stageLog('close')

/** Closes one piece of a run's plan. */
export async function handler(event: unknown): Promise<void> {
  const { planKey, piece } = pieceRequestSchema.parse(event)
  const plan = await getJson(lake, planKey, runPlanSchema)
  const { scene, closedThroughMs, hours } = await closePiece(lake, plan.closingPieces[piece]!)
  log.info('hours closed', { scene, closedThroughMs, hours: hours.length })
}
