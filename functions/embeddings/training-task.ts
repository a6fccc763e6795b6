import type { Scene } from '../contract/scene.ts'
import type { NodeVectors } from './deepwalk/training.ts'
import type { Graph } from './graph/graph.ts'
import type { ReadTimes } from './read-world.ts'
import type { Both } from './train-spaces.ts'

/** A generation that is to be trained. */
export interface TrainingTask extends ReadTimes {
  scene: Scene
  generation: string
  graphs: Both<Graph>
  /** Event time at which the graph's edges begin. They end at the closing. */
  fromMs: number
}

/** Trained vectors and the graphs that they are of, or why there are none. */
export type Trained =
  | { result: 'trained'; graphs: Both<Graph>; vectors: Both<NodeVectors> }
  /** A job trains. Its end, or the next day's call, continues. */
  | { result: 'training'; reason: string }
  /** No further attempt can succeed. */
  | { result: 'failed'; reason: string }
