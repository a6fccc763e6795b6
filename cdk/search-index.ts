import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { under } from '../functions/contract/family.ts'
import { dropManifestPrefix } from '../functions/contract/keys.ts'
import { search } from '../functions/reader/stages.ts'
import { indexDrop, indexPart, mirrorDrop, rebuildIndex } from '../functions/search-index/stages.ts'
import { type DropQueue, manifestQueue, readDrops } from './drop-queue.ts'
import { allow, allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { RebuildFlow } from './rebuild-flow.ts'
import { laterBy, Schedules } from './schedules.ts'
import { type MirroredScene, mirroredScenes, searchServers } from './search-server.ts'
import { StageFunction } from './stage-function.ts'

/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
const REDELIVERY_MINUTES = 6 * indexDrop.timeoutMinutes
/** After the daily run, so that the two do not compete. */
const HOURS_AFTER_DAILY_RUN = 2

/**
 * The search index of scenes that define one. For each drop: manifest → EventBridge → SQS → Lambda. Once a day,
 * a state machine that builds it again where that is due.
 */
export class SearchIndex extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    this.#indexDrops(parts, this.#rebuild(parts))
    const mirrored = mirroredScenes(parts.settings.scenes)
    if (mirrored.length > 0) this.#mirrorDrops(parts, mirrored)
    this.#search(parts)
  }

  /** The first drop of a large lake starts a build. */
  #indexDrops(parts: PipelineParts, { machine }: RebuildFlow): void {
    const queue = this.#queueDrops(parts, searchedScenes(parts), {
      ...{ id: 'IndexDrops', failedId: 'FailedDocuments' },
      alarm: ['Drops whose documents were not indexed', 'failed-documents'],
    })
    const stage = new StageFunction(this, indexDrop, parts)
      .mayUse('FAILED_DOCUMENTS', queue.failed.queueUrl, (role) =>
        allowSend(role, queue.failed.queueArn, parts.dataKey.keyArn),
      )
      .mayUse('REBUILD_FLOW', machine.stateMachineArn, (role) =>
        allow(role, { actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }),
      )
    readDrops(stage, queue, parts)
  }

  /** Its queue is apart: a server that is down must not stop the index. */
  #mirrorDrops(parts: PipelineParts, mirrored: readonly MirroredScene[]): void {
    const queue = this.#queueDrops(parts, mirrored, {
      ...{ id: 'MirrorDrops', failedId: 'FailedMirrors' },
      alarm: ['Drops that were not written to OpenSearch', 'failed-mirrors'],
    })
    const stage = new StageFunction(this, mirrorDrop, parts).mayUse(
      'FAILED_MIRRORS',
      queue.failed.queueUrl,
      (role) => allowSend(role, queue.failed.queueArn, parts.dataKey.keyArn),
    )
    const servers = searchServers(this, parts, mirrored, stage.role)
    stage.mayUse('CREATED_SERVERS', servers.createdEndpoints, servers.allowWrites)
    readDrops(stage, queue, parts)
  }

  #queueDrops(
    parts: PipelineParts,
    scenes: readonly { scene: string }[],
    names: Omit<
      Parameters<typeof manifestQueue>[2],
      'ruleId' | 'description' | 'redeliveryMinutes'
    >,
  ): DropQueue {
    const rule = {
      ruleId: `To${names.id}`,
      description: "A drop's manifest of a scene with search arrived in the lake",
      redeliveryMinutes: REDELIVERY_MINUTES,
    }
    const patterns = scenes.map(({ scene }) => under(dropManifestPrefix(scene)))
    return manifestQueue(this, parts, { ...names, ...rule }, patterns)
  }

  #rebuild(parts: PipelineParts): RebuildFlow {
    const flow = new RebuildFlow(this, 'Rebuild', parts, {
      rebuild: new StageFunction(this, rebuildIndex, parts).lambda,
      part: new StageFunction(this, indexPart, parts).lambda,
    })
    const schedules = new Schedules(this, 'Schedules', parts, {
      action: 'states:StartExecution',
      arn: flow.machine.stateMachineArn,
    })
    for (const { scene, tiers } of searchedScenes(parts))
      schedules.add(scene, laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily), { scene })
    return flow
  }

  /** Its URL asks for a signature of IAM: callers need `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`. */
  #search(parts: PipelineParts): void {
    const { lambda } = new StageFunction(this, search, parts)
    lambda.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
  }
}

/** Scenes that define an index. */
export const searchedScenes = ({ settings }: Pick<PipelineParts, 'settings'>) =>
  settings.scenes.filter(({ search }) => search !== undefined)
