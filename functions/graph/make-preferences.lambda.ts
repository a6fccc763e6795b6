import { scheduledRequestSchema } from '../contract/requests.ts'
import { readConfiguration, sceneOf } from '../core/configuration.ts'
import { parseEnvironment } from '../core/environment.ts'
import { stageLog } from '../core/log.ts'
import { s3Client, s3Store } from '../core/s3.ts'
import { type MadePreferences, makePreferencesOf } from './make-preferences.ts'
import { makePreferences } from './stages.ts'

const environment = parseEnvironment(makePreferences, process.env)
const configuration = readConfiguration(import.meta.dirname)
const lake = s3Store(environment.LAKE_BUCKET, s3Client())
const log = stageLog(makePreferences, environment.METRICS_NAMESPACE)
const codeDigest = environment.CODE_DIGEST

/** Makes data to train generators with. Input: {scene, scheduledTime} from the scheduler. */
export async function handler(event: unknown): Promise<MadePreferences> {
  const { scene, scheduledTime } = scheduledRequestSchema.parse(event)
  log.follow(scheduledTime, { scene })
  const ports = { lake, codeDigest }
  const made = await makePreferencesOf(
    ports,
    sceneOf(configuration, scene),
    Date.parse(scheduledTime),
  )
  const values = { PreferencesMade: made.rows, PersonalDataRemoved: made.personalData }
  log.measure('preferences made', { scene }, values, { ...made })
  return made
}
