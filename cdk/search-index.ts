import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { dropManifestPrefix } from '../functions/contract/keys.ts'
import { search } from '../functions/reader/stages.ts'
import { indexDrop, rebuildIndex } from '../functions/search-index/stages.ts'
import { dropQueue, readDrops } from './drop-queue.ts'
import { allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { laterBy, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
const REDELIVERY_MINUTES = 6 * indexDrop.timeoutMinutes
/** After the daily run, so that the two do not compete. */
const HOURS_AFTER_DAILY_RUN = 2

/**
 * The search index of scenes that define one. For each drop: manifest → EventBridge → SQS → Lambda. Once a day,
 * a Lambda that builds it again where that is due.
 */
export class SearchIndex extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.#indexDrops(parts)
    this.#rebuild(parts)
    this.#search(parts)
  }

  #indexDrops(parts: PipelineParts): void {
    const { store, dataKey } = parts
    const queue = dropQueue(this, parts, {
      ...{ id: 'IndexDrops', failedId: 'FailedDocuments', redeliveryMinutes: REDELIVERY_MINUTES },
      alarm: ['Drops whose documents were not indexed', 'failed-documents'],
    })
    const { drops, failed } = queue
    new Rule(this, 'DropRead', {
      description: "A drop's manifest of a scene with search arrived in the lake",
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [store.lake.name] },
          object: {
            key: Match.anyOf(
              ...searchedScenes(parts).map(({ scene }) =>
                Match.wildcard(`${dropManifestPrefix(scene)}*`),
              ),
            ),
          },
        },
      },
      targets: [new SqsQueue(drops, { deadLetterQueue: parts.deadLetters })],
    })
    const stage = new StageFunction(this, indexDrop, parts).mayUse(
      'FAILED_DOCUMENTS',
      failed.queueUrl,
      (role) => allowSend(role, failed.queueArn, dataKey.keyArn),
    )
    readDrops(stage, queue, parts)
  }

  #rebuild(parts: PipelineParts): void {
    const { deadLetters } = parts
    const { lambda } = new StageFunction(this, rebuildIndex, parts, { deadLetters })
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'lambda:InvokeFunction',
      arn: lambda.functionArn,
    })
    for (const { scene, tiers } of searchedScenes(parts))
      schedules.add(scene, laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily), { scene })
  }

  /** Its URL asks for a signature of IAM: callers need `lambda:InvokeFunctionUrl`. */
  #search(parts: PipelineParts): void {
    const { lambda } = new StageFunction(this, search, parts)
    lambda.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
  }
}

/** Scenes that define an index. */
export const searchedScenes = ({ settings }: Pick<PipelineParts, 'settings'>) =>
  settings.scenes.filter(({ search }) => search !== undefined)
