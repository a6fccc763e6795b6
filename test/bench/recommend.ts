import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alsMethod } from '../../functions/embeddings/recommend/als.ts'
import { easeMethod } from '../../functions/embeddings/recommend/ease.ts'
import type {
  Interactions,
  Method,
  Settings,
} from '../../functions/embeddings/recommend/interactions.ts'
import { itemKnnMethod } from '../../functions/embeddings/recommend/item-knn.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { bestRate, type Comparison } from './comparison.ts'

/** The size of MovieLens 100k, and the skew of its items. */
const [USERS, ITEMS, EVENTS] = [943, 1682, 100_000]
const RUNS = 3
const PYTHON = process.env['BENCH_PYTHON'] ?? 'python3'

/** Different items for each user, popular ones more often. */
function drawInteractions(): Interactions {
  const uniform = seededUniform(1)
  const names = (count: number): string[] =>
    Array.from({ length: count }, (_, n) => String(n).padStart(5, '0'))
  const histories = Array.from({ length: USERS }, () => {
    const history = new Set<number>()
    const size = Math.max(10, (-Math.log(1 - uniform()) * EVENTS) / USERS)
    while (history.size < Math.min(size, ITEMS / 2))
      history.add(Math.floor(uniform() ** 2.5 * ITEMS))
    return [...history]
  })
  const offsets = new Uint32Array(USERS + 1)
  for (const [user, { length }] of histories.entries()) offsets[user + 1] = offsets[user]! + length
  const targets = Uint32Array.from(histories.flat())
  return {
    ...{ users: names(USERS), items: names(ITEMS), offsets, targets },
    weights: new Float32Array(targets.length).fill(1),
    timesMs: Float64Array.from(targets.keys()),
  }
}

/** Fits per second of the peers, or why there are none. */
function measurePeers({ offsets, targets }: Interactions): Record<string, number> | string {
  const folder = mkdtempSync(join(tmpdir(), 'recommend-'))
  const path = join(folder, 'pairs.u32')
  const pairs = new Uint32Array(2 * targets.length)
  for (let user = 0; user < USERS; user++)
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) pairs.set([user, targets[e]!], 2 * e)
  writeFileSync(path, pairs)
  try {
    const script = join(import.meta.dirname, 'embeddings', 'recommend-peers.py')
    const printed = execFileSync(PYTHON, [script, String(USERS), String(ITEMS), path], {
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(printed.toString()) as Record<string, number>
  } catch {
    return `${PYTHON} has no implicit, numpy and threadpoolctl (pip install implicit; BENCH_PYTHON names another)`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const CASES: [
  what: string,
  method: Method,
  settings: Settings,
  peers: [key: string, name: string][],
][] = [
  ['EASE', easeMethod(), { l2: 500 }, [['ease', 'numpy']]],
  ['item-kNN of 20', itemKnnMethod(), { neighbours: 20 }, [['knn', 'implicit']]],
  [
    'ALS, 64 factors, 8 sweeps',
    alsMethod(),
    { factors: 64, sweeps: 8, confidence: 5, l2: 10 },
    [
      ['exact', 'implicit, exact'],
      ['gradients', 'implicit, conjugate gradients'],
    ],
  ],
]

/** Fitting recommenders beside Python, one thread each. */
export async function benchRecommend(): Promise<Comparison[]> {
  const interactions = drawInteractions()
  const peers = measurePeers(interactions)
  if (typeof peers === 'string') {
    process.stdout.write(`Recommenders beside Python: skipped, ${peers}\n`)
    return []
  }
  const compared: Comparison[] = []
  for (const [what, method, settings, names] of CASES) {
    const ours = await bestRate(1, RUNS, () => method.prepare(interactions)(settings))
    for (const [key, peer] of names)
      compared.push({ what, unit: 'fits/s', ours, peer, peers: peers[key]! })
  }
  return compared
}
