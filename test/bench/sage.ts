import { readCitations } from '../embeddings/sage/planetoid.ts'
import { classifyBySage } from '../embeddings/sage/sage-classifier.ts'
import { classifyBySmoothing } from '../embeddings/sage/smoothing-classifier.ts'
import type { Comparison } from './comparison.ts'
import { placeWithheldItems } from './embeddings/new-items.ts'

const SEEDS = [1, 2, 3, 4, 5]
const HOPS = [1, 2, 3, 4, 5, 6]
/** Chosen on the validation nodes, as smoothing's hops and penalty are. */
const L2 = [5e-4, 5e-3]
const SAGE = { hidden: 64, learningRate: 0.01, dropout: 0.5, epochs: 100, patience: 30 }

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Accuracy on the test nodes: the better on validation nodes of smoothing and GraphSAGE, beside GraphSAGE. */
function classifyCitations(folder: string, name: string): Comparison {
  const graph = readCitations(folder, name)
  const smoothing = classifyBySmoothing(graph, HOPS)
  const [sage] = L2.map((l2) => {
    const runs = SEEDS.map((seed) => classifyBySage(graph, { ...SAGE, l2 }, seed))
    return { val: meanOf(runs.map((run) => run.val)), test: meanOf(runs.map((run) => run.test)) }
  }).sort((a, b) => b.val - a.val) as [{ val: number; test: number }]
  const isSmoothing = smoothing.val >= sage.val
  const how = isSmoothing ? `${smoothing.hops} hops of smoothing` : 'GraphSAGE'
  return {
    ...{ what: `${name}, papers' topics, standard split`, unit: 'accuracy' },
    ours: isSmoothing ? smoothing.test : sage.test,
    ...{ peer: `GraphSAGE, mean of ${SEEDS.length} seeds`, peers: sage.test },
    note: `validation chose ${how}: ${smoothing.val.toFixed(3)} and ${sage.val.toFixed(3)}`,
  }
}

/** New items of MovieLens after three events, beside what each part does alone. */
function placeItems(folder: string, seed: number): Comparison[] {
  const { way, figures, trained, seconds } = placeWithheldItems(folder, seed)
  const peers: [peer: string, value: number][] = [
    ['content alone', figures.contentAlone!],
    ['events alone', figures.eventsAlone!],
    ['trained with those events', trained],
    ['first users', figures.ways['first-users']!],
    ['GraphSAGE', figures.ways.graphsage!],
  ]
  return peers.map(([peer, value]) => ({
    ...{ what: `new items after three events, seed ${seed}`, unit: 'AUC' },
    ...{ ours: figures.ways[way]!, peer, peers: value },
    note: `${way}; ${figures.items} items, ${figures.users} users, ${seconds.toFixed(0)} s`,
  }))
}

/** Placement and classification on public data; nothing where QUARTERMASTER_DATA does not name its folder. */
export function benchSage(): Comparison[] {
  const folder = process.env['QUARTERMASTER_DATA']
  if (!folder) {
    process.stdout.write('GraphSAGE: QUARTERMASTER_DATA names no folder of public data\n')
    return []
  }
  return [
    ...['cora', 'citeseer'].map((name) => classifyCitations(folder, name)),
    ...[1, 2].flatMap((seed) => placeItems(folder, seed)),
  ]
}
