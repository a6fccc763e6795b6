import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Alarms } from './alarms.ts'
import type { Bundles } from './bundle.ts'
import type { Deployment } from './config.ts'
import type { StoreNames } from './store-names.ts'

/** What every room of the pipeline stands on. */
export interface PipelineParts {
  settings: Deployment
  bundles: Bundles
  store: StoreNames
  /** The store's key of data, by its ARN: a grant here cannot change its policy there. */
  dataKey: IKey
  alarms: Alarms
  /** What a rule, a schedule or an asynchronous call could not deliver. */
  deadLetters: Queue
}
