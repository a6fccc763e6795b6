import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { type SpaceRun, spaceRunSchema } from '../contract/embedding-run.ts'
import { CorruptArtifact } from '../core/errors.ts'
import {
  createTraining,
  restoreTraining,
  type TrainingDefinition,
  type WalkTraining,
} from '../embeddings/deepwalk/training.ts'
import { decodeGraph } from '../embeddings/graph/encode-graph.ts'
import type { Graph } from '../embeddings/graph/graph.ts'
import { trainingDefinitions } from '../embeddings/train-spaces.ts'
import { FILES, walksFile } from '../embeddings/training-job.ts'
import type { Layout } from './channels.ts'

/** Walks between two looks whether to stop: some 50 milliseconds. */
const WALKS_AT_ONCE = 1_000
/** Checkpoints of one training, besides that of an interruption. */
const CHECKPOINTS = 20

/** The file appears only when it is whole. */
function writeWhole(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.partial`, bytes)
  renameSync(`${path}.partial`, path)
}

/** The training where a former start of this job left it. A checkpoint of another training counts for nothing. */
function open(graph: Graph, definition: TrainingDefinition, path: string): WalkTraining {
  if (!existsSync(path)) return createTraining(graph, definition)
  try {
    return restoreTraining(graph, definition, readFileSync(path), path)
  } catch (error) {
    if (error instanceof CorruptArtifact) return createTraining(graph, definition)
    throw error
  }
}

/**
 * Trains both spaces of a generation, from the folder of the channel to the folder of the model. If `mayContinue` returns
 * false, it writes a checkpoint and returns false; the same job continues from it later, to the same bytes. Throws
 * CorruptArtifact for a graph that is damaged.
 */
export async function trainSpace(
  layout: Layout,
  mayContinue: () => boolean,
  print: (line: string) => void,
): Promise<boolean> {
  const text = readFileSync(join(layout.run, 'run.json'), 'utf8')
  const run: SpaceRun = spaceRunSchema.parse(JSON.parse(text))
  const definitions = trainingDefinitions(run.embeddings)
  for (const folder of [layout.checkpoints, layout.model]) mkdirSync(folder, { recursive: true })
  for (const which of ['heldOut', 'all'] as const) {
    const name = FILES[which]
    const path = join(layout.run, `${name}.qmg`)
    const { graph } = decodeGraph(readFileSync(path), path)
    const checkpoint = join(layout.checkpoints, walksFile(name))
    const training = open(graph, definitions[which], checkpoint)
    const { stepsTotal } = training
    const every = Math.ceil(stepsTotal / CHECKPOINTS)
    print(`${run.generation} ${name}: ${graph.ids.length} nodes, step ${training.stepsDone()}`)
    let savedAt = training.stepsDone()
    while (training.stepsDone() < stepsTotal) {
      training.run(WALKS_AT_ONCE)
      await yieldToEvents()
      const stops = !mayContinue()
      const isDue = stops || training.stepsDone() - savedAt >= every
      if (!isDue) continue
      writeWhole(checkpoint, training.save())
      savedAt = training.stepsDone()
      if (stops) return false
    }
    const trained = training.save()
    // The next start need not train it again.
    writeWhole(checkpoint, trained)
    writeFileSync(join(layout.model, walksFile(name)), trained)
  }
  return true
}
