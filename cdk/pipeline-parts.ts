import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Alarms } from './alarms.ts'
import type { Bundles } from './bundle.ts'
import type { Deployment } from './config.ts'
import type { StoreNames } from './store-names.ts'

/** What every construct of the pipeline uses. */
export interface PipelineParts {
  settings: Deployment
  bundles: Bundles
  store: StoreNames
  /** The store's data key, imported by ARN: a grant here cannot change its key policy. */
  dataKey: IKey
  alarms: Alarms
  /** Gets what a rule, a schedule or an asynchronous call could not deliver. */
  deadLetters: Queue
}
