import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CorruptArtifact } from '../../../functions/core/errors.ts'
import {
  createTraining,
  restoreTraining,
  type TrainingDefinition,
  trainDeepWalk,
} from '../../../functions/embeddings/deepwalk/training.ts'
import { openWalks } from '../../../functions/embeddings/deepwalk/walks.ts'
import type { Graph } from '../../../functions/embeddings/graph/graph.ts'
import { seededUniform } from '../../../functions/math/random.ts'

const DEFINITION: TrainingDefinition = {
  dimensions: 16,
  walks: { perNode: 5, length: 20, window: 3, negatives: 5, learningRate: 0.05 },
  seed: 4,
}

/** A graph of edges [a, b, weight] between numbered items. */
function makeGraph(nodes: number, edges: readonly (readonly [number, number, number])[]): Graph {
  const arcs = [...edges, ...edges.map(([a, b, weight]) => [b, a, weight] as const)].sort(
    ([a, b], [c, d]) => a - c || b - d,
  )
  const offsets = new Uint32Array(nodes + 1)
  for (const [from] of arcs) offsets[from + 1]!++
  for (let node = 0; node < nodes; node++) offsets[node + 1]! += offsets[node]!
  return {
    kinds: new Uint8Array(nodes).fill(1),
    ids: Array.from({ length: nodes }, (_, node) => `n${String(node).padStart(4, '0')}`),
    offsets,
    targets: Uint32Array.from(arcs, ([, to]) => to),
    weights: Float32Array.from(arcs, ([, , weight]) => weight),
  }
}

/** Two groups: edges within one are 20 times as likely as between both. */
function twoGroups(size: number, seed: number): Graph {
  const uniform = seededUniform(seed)
  const edges: [number, number, number][] = []
  for (let a = 0; a < 2 * size; a++)
    for (let b = a + 1; b < 2 * size; b++)
      if (uniform() < (a < size === b < size ? 0.4 : 0.02)) edges.push([a, b, 1])
  return makeGraph(2 * size, edges)
}

function cosine(vectors: Float32Array, a: number, b: number): number {
  const d = DEFINITION.dimensions
  const dot = (i: number, j: number) =>
    Array.from({ length: d }, (_, k) => vectors[i * d + k]! * vectors[j * d + k]!).reduce(
      (sum, x) => sum + x,
    )
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

describe('Random walks', () => {
  test('A walk takes each edge by the share of its weight', () => {
    const graph = makeGraph(4, [
      [0, 1, 1],
      [0, 2, 2],
      [0, 3, 5],
    ])
    const walks = openWalks(graph, 7)
    const counts = [0, 0, 0, 0]
    for (let pass = 0; pass < 8000; pass++) counts[walks.from(0, pass, new Uint32Array(2))[1]!]!++
    for (const [node, share] of [
      [1, 1 / 8],
      [2, 2 / 8],
      [3, 5 / 8],
    ] as const)
      expect(Math.abs(counts[node]! / 8000 - share)).toBeLessThan(
        4 * Math.sqrt((share * (1 - share)) / 8000),
      )
  })

  test('Each pass visits every node once, in another order', () => {
    const walks = openWalks(twoGroups(20, 1), 3)
    const [first, second] = [walks.orderOf(0), walks.orderOf(1)]
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(second).not.toEqual(first)
    expect(walks.orderOf(1)).toEqual(second)
  })
})

describe('DeepWalk', () => {
  test('Nodes of one group are nearer to each other', () => {
    const size = 30
    const { in: vectors } = trainDeepWalk(twoGroups(size, 2), DEFINITION)
    const mean = (isSame: boolean): number => {
      const found: number[] = []
      for (let a = 0; a < 2 * size; a++)
        for (let b = a + 1; b < 2 * size; b++)
          if ((a < size === b < size) === isSame) found.push(cosine(vectors, a, b))
      return found.reduce((sum, x) => sum + x, 0) / found.length
    }
    expect(mean(true)).toBeGreaterThan(mean(false) + 0.3)
  })

  test('The same graph gives the same bytes, another seed others', () => {
    const graph = twoGroups(15, 3)
    const first = trainDeepWalk(graph, DEFINITION)
    expect(trainDeepWalk(graph, DEFINITION)).toEqual(first)
    expect(trainDeepWalk(graph, { ...DEFINITION, seed: 5 })).not.toEqual(first)
    expect(first.in.every(Number.isFinite) && first.out.every(Number.isFinite)).toBe(true)
  })

  test('A training killed anywhere continues to the same bytes', () => {
    const graph = twoGroups(12, 5)
    const whole = trainDeepWalk(graph, DEFINITION)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }), (lengths) => {
        let training = createTraining(graph, DEFINITION)
        for (const steps of lengths) {
          training.run(steps)
          training = restoreTraining(graph, DEFINITION, training.save(), 'a checkpoint')
        }
        training.run(training.stepsTotal)
        expect(training.stepsDone()).toBe(training.stepsTotal)
        expect(training.vectors()).toEqual(whole)
      }),
      { numRuns: 15 },
    )
  })

  test('A checkpoint of another training or a damaged one is refused', () => {
    const graph = twoGroups(5, 1)
    const checkpoint = createTraining(graph, DEFINITION).save()
    const restore = (other: Graph, definition: TrainingDefinition, bytes: Uint8Array) => () =>
      restoreTraining(other, definition, bytes, 'the checkpoint')
    const others = /^the checkpoint: got a checkpoint of the training .*, expected one of /
    expect(restore(twoGroups(5, 2), DEFINITION, checkpoint)).toThrow(others)
    expect(restore(graph, { ...DEFINITION, seed: 9 }, checkpoint)).toThrow(others)
    const damaged = checkpoint.slice()
    damaged[damaged.length >> 1]! ^= 1
    expect(restore(graph, DEFINITION, damaged)).toThrow(CorruptArtifact)
  })

  test('Two components, lone nodes and an empty graph are trained', () => {
    const two = makeGraph(5, [
      [0, 1, 1],
      [2, 3, 1],
    ])
    const { in: vectors } = trainDeepWalk(two, DEFINITION)
    expect(vectors.every(Number.isFinite)).toBe(true)
    const untrained = createTraining(two, DEFINITION).vectors().in
    expect(vectors.subarray(64)).toEqual(untrained.subarray(64))
    expect(vectors.subarray(0, 64)).not.toEqual(untrained.subarray(0, 64))
    expect(trainDeepWalk(makeGraph(1, []), DEFINITION).in.length).toBe(16)
    expect(trainDeepWalk(makeGraph(0, []), DEFINITION).in.length).toBe(0)
  })

  test('No rate drives the vectors of a small star out of range', () => {
    const star = Array.from({ length: 49 }, (_, leaf) => [0, leaf + 1, 1] as const)
    for (const nodes of [2, 50])
      for (const negatives of [5, 20]) {
        const walks = { perNode: 50, length: 60, window: 5, negatives, learningRate: 1 }
        const graph = makeGraph(nodes, star.slice(0, nodes - 1))
        const { in: inward, out } = trainDeepWalk(graph, { ...DEFINITION, walks })
        expect(inward.every(Number.isFinite) && out.every(Number.isFinite)).toBe(true)
      }
  })

  test('A warm start continues from given vectors', () => {
    const graph = twoGroups(12, 6)
    const before = trainDeepWalk(graph, DEFINITION)
    expect(createTraining(graph, { ...DEFINITION, seed: 8 }, before).vectors()).toEqual(before)
  })
})
