import type { ModelConfiguration } from '../../functions/contract/scene.ts'
import { logLossAtLogit, sigmoid } from '../../functions/math/logistic.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { createLearner, createModel } from '../../functions/trainer/model.ts'
import { bestRate, type Comparison } from './comparison.ts'

const ROWS = 100_000
const ENTRIES = 16
const RUNS = 3
const options: ModelConfiguration = {
  kind: 'logistic',
  hashBits: 18,
  alpha: 0.1,
  beta: 1,
  l1: 0.1,
  l2: 1,
  seed: 1,
  youngLabels: 'none',
}

/** Hashed rows with a planted linear truth: skewed slots, as categories are. */
function makeRows() {
  const uniform = seededUniform(1)
  const truth = Float64Array.from({ length: 5000 }, () => 2 * uniform() - 1)
  const slots = new Uint32Array(ROWS * ENTRIES)
  const values = new Float32Array(ROWS * ENTRIES).fill(1)
  const labels = new Uint8Array(ROWS)
  for (let row = 0; row < ROWS; row++) {
    let z = -2
    for (let i = 0; i < ENTRIES; i++) {
      const name = i === 0 ? 0 : Math.floor(5000 * uniform() ** 3)
      slots[row * ENTRIES + i] = i === 0 ? 0 : 1 + ((name * 40_503) % (2 ** options.hashBits - 1))
      if (i > 0) z += 0.5 * truth[name]!
    }
    labels[row] = uniform() < sigmoid(z) ? 1 : 0
  }
  return { slots, values, labels }
}

/** The same algorithm as it is first written down: an object a slot in a Map. */
function trainNaively({ slots, values, labels }: ReturnType<typeof makeRows>): number {
  const weights = new Map<number, { z: number; n: number }>()
  let loss = 0
  for (let row = 0; row < ROWS; row++) {
    const entries: { state: { z: number; n: number }; w: number; x: number; l1: number }[] = []
    let logit = 0
    for (let i = row * ENTRIES; i < (row + 1) * ENTRIES; i++) {
      const slot = slots[i]!
      const state = weights.get(slot) ?? { z: 0, n: 0 }
      weights.set(slot, state)
      const [l1, l2] = slot === 0 ? [0, 0] : [options.l1, options.l2]
      const w =
        Math.abs(state.z) <= l1
          ? 0
          : -(state.z - Math.sign(state.z) * l1) /
            ((options.beta + Math.sqrt(state.n)) / options.alpha + l2)
      entries.push({ state, w, x: values[i]!, l1 })
      logit += w * values[i]!
    }
    loss += logLossAtLogit(logit, labels[row]!)
    const error = sigmoid(logit) - labels[row]!
    for (const { state, w, x } of entries) {
      const g = error * x
      state.z += g - ((Math.sqrt(state.n + g * g) - Math.sqrt(state.n)) / options.alpha) * w
      state.n += g * g
    }
  }
  return loss / ROWS
}

function train({ slots, values, labels }: ReturnType<typeof makeRows>): number {
  const learner = createLearner(createModel(options))
  let loss = 0
  for (let row = 0; row < ROWS; row++) {
    const z = learner.learn(slots, values, row * ENTRIES, (row + 1) * ENTRIES, labels[row]!, 0)
    loss += logLossAtLogit(z, labels[row]!)
  }
  return loss / ROWS
}

/** Progressive training of hashed logistic regression, rows a second. */
export async function benchTraining(): Promise<Comparison[]> {
  const rows = makeRows()
  const losses = [train(rows), trainNaively(rows)]
  return [
    {
      what: `FTRL-Proximal, ${ENTRIES} entries a row`,
      unit: 'rows/s',
      ours: await bestRate(ROWS, RUNS, () => train(rows)),
      peer: 'the same over a Map of objects',
      peers: await bestRate(ROWS, RUNS, () => trainNaively(rows)),
      note: `progressive log loss ${losses.map((loss) => loss.toFixed(5)).join(' and ')}`,
    },
  ]
}
