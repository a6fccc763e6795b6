import { Construct } from 'constructs'
import { under } from '../functions/contract/family.ts'
import { dropManifestPrefix } from '../functions/contract/keys.ts'
import type { Scene } from '../functions/contract/scene.ts'
import type { Stage } from '../functions/contract/stage.ts'
import { chunkDrop, foldGraph, makePreferences } from '../functions/graph/stages.ts'
import { closingMinute } from '../functions/registry/timetable.ts'
import { manifestQueue, readDrops } from './drop-queue.ts'
import { allowLanguageModel, allowSend } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'
import { laterBy, type ScheduledTime, Schedules } from './schedules.ts'
import { StageFunction } from './stage-function.ts'

/** Six times the function's timeout: "Using Lambda with Amazon SQS", configuring a queue. */
const REDELIVERY_MINUTES = 6 * chunkDrop.timeoutMinutes
/** After the daily run, rebuilds of indexes and trainings of spaces, so that they do not compete. */
const HOURS_AFTER_DAILY_RUN = 4
const MINUTES_AFTER_CLOSING = 40

/**
 * Documents, graph and data for generators, for scenes that define them. For each drop of documents: manifest →
 * EventBridge → SQS → Lambda. On schedules: a Lambda that folds claims into the graph, and one that makes data for
 * generators of what people thought of answers.
 */
export class Graph extends Construct {
  constructor(scope: Construct, id: string, parts: PipelineParts) {
    super(scope, id)
    const { scenes } = parts.settings
    const having = (section: 'documents' | 'graph' | 'preferences'): Scene[] =>
      scenes.filter((scene) => scene[section] !== undefined)
    const documents = having('documents')
    if (documents.length > 0) this.#chunkDrops(parts, documents)
    this.#schedule(parts, foldGraph, 'Folds', having('graph'), (scene) =>
      scene.graph!.everyHours === 24
        ? laterBy(HOURS_AFTER_DAILY_RUN, scene.tiers.daily)
        : {
            everyHours: scene.graph!.everyHours,
            minuteUtc: (closingMinute(scene) + MINUTES_AFTER_CLOSING) % 60,
          },
    )
    this.#schedule(parts, makePreferences, 'Preferences', having('preferences'), ({ tiers }) =>
      laterBy(HOURS_AFTER_DAILY_RUN, tiers.daily),
    )
  }

  #chunkDrops(parts: PipelineParts, scenes: readonly Scene[]): void {
    const patterns = scenes.map(({ scene }) => under(dropManifestPrefix(scene)))
    const names = {
      ...{ id: 'ChunkDrops', failedId: 'FailedChunks', ruleId: 'ToChunkDrops' },
      description: "A drop's manifest of a scene with documents arrived in the lake",
      redeliveryMinutes: REDELIVERY_MINUTES,
      alarm: ['Drops whose documents were not divided', 'failed-chunks'] as [string, string],
    }
    const queue = manifestQueue(this, parts, names, patterns)
    const stage = new StageFunction(this, chunkDrop, parts).mayUse(
      'FAILED_CHUNKS',
      queue.failed.queueUrl,
      (role) => allowSend(role, queue.failed.queueArn, parts.dataKey.keyArn),
    )
    readDrops(stage, queue, parts)
  }

  #schedule(
    parts: PipelineParts,
    stage: Stage & { name: 'fold-graph' | 'make-preferences' },
    id: string,
    scenes: readonly Scene[],
    timeOf: (scene: Scene) => ScheduledTime,
  ): void {
    if (scenes.length === 0) return
    const { deadLetters } = parts
    const { lambda, role } = new StageFunction(this, stage, parts, { deadLetters })
    const models =
      stage.name === 'fold-graph' ? scenes.map(({ graph }) => graph!.languageModel) : []
    for (const model of models) if (model) allowLanguageModel(role, model.modelId)
    const schedules = new Schedules(this, id, parts, {
      action: 'lambda:InvokeFunction',
      arn: lambda.functionArn,
    })
    for (const scene of scenes) schedules.add(scene.scene, timeOf(scene), { scene: scene.scene })
  }
}

/** Scenes with documents, a graph or answers. */
export const graphScenes = ({ settings }: Pick<PipelineParts, 'settings'>): Scene[] =>
  settings.scenes.filter(({ documents, graph, preferences }) => documents ?? graph ?? preferences)
