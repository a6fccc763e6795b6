import type { Feature } from '../../functions/contract/features.ts'
import { MODEL_PART, OBJECT_KIND, type Parts } from '../../functions/contract/part.ts'
import {
  CURRENT_SK,
  type CurrentRow,
  type ReleaseRow,
  releaseSk,
  scenePk,
} from '../../functions/contract/registry.ts'
import { encodeModel } from '../../functions/core/artifact.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { openReader, type ReaderOptions, type Timer } from '../../functions/reader/reader.ts'
import { currentRow } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'

export const SERVED_FEATURES: Feature[] = [
  { name: 'shown', kind: 'count', entity: 'item', event: 'impression', windowHours: 24 },
]
const keyOf = (sequence: number): string => `models/feed/v${sequence}/model.qmm`

/** Bytes of a model that knows its bias alone, `sequence`, so that a score tells who made it. */
export function biasModel(sequence: number, deltaOf: number | null = null): Uint8Array {
  const header = {
    kind: 'logistic' as const,
    scene: 'feed',
    version: `v${sequence}`,
    parent: null,
    deltaOf: deltaOf === null ? null : `v${deltaOf}`,
    hashBits: 10,
    factors: 0,
    features: SERVED_FEATURES,
    hyperparameters: {},
    ...{ codeDigest: 'c', configurationDigest: 'd', manifestDigest: 'm' },
    deterministic: true,
    rowsSeen: 1,
  }
  return encodeModel(header, { slots: Uint32Array.of(0), weights: Float32Array.of(sequence) })
}

/** A timer that goes off when it is told to, and remembers what it was set to. */
export function manualTimer(): {
  timer: Timer
  isSet(): boolean
  waits: number[]
  goOff(): Promise<void>
} {
  let due: (() => void) | null = null
  const waits: number[] = []
  return {
    waits,
    timer: (run, ms) => {
      waits.push(ms)
      due = run
      return () => {
        due = null
      }
    },
    isSet: () => due !== null,
    async goOff() {
      const run = due!
      due = null
      run()
      // The look is done when the timer is set again.
      for (let turn = 0; due === null && turn < 100; turn++) await new Promise(setImmediate)
    },
  }
}

/** Releases of a scene in memory, and readers of them. */
export function servedReleases() {
  const models = memoryObjects('models')
  const registry = memoryTable('registry')
  const online = memoryTable('online')
  const pk = scenePk('feed')
  const faults: string[] = []
  return {
    ...{ models, registry, online, faults },
    /** Stores a model and prepares its release; `deltaOf` is the sequence of its base. */
    async prepare(
      sequence: number,
      deltaOf: number | null = null,
      others: Parts = {},
    ): Promise<void> {
      const named = (n: number) => ({
        key: keyOf(n),
        sha256: sha256Hex(biasModel(n, n === sequence ? deltaOf : null)),
        generation: `v${n}`,
      })
      models.drop(keyOf(sequence), biasModel(sequence, deltaOf))
      const row: ReleaseRow = {
        scene: 'feed',
        sequence,
        version: `v${sequence}`,
        dataThroughMs: 0,
        parts: {
          [MODEL_PART]: {
            ...named(sequence),
            kind: OBJECT_KIND,
            base: deltaOf === null ? null : named(deltaOf),
            throughMs: 0,
          },
          ...others,
        },
        preparedMs: 0,
        fence: 0,
      }
      await registry.put(pk, releaseSk(sequence), row)
    },
    spoil(sequence: number): void {
      models.drop(keyOf(sequence), biasModel(sequence).subarray(0, 100))
    },
    flip: (sequence: number, canary: Partial<CurrentRow['canary']> | null = null) =>
      registry.put(pk, CURRENT_SK, {
        ...currentRow({ sequence, version: `v${sequence}`, lastSequence: sequence }),
        canary: canary && {
          version: `v${canary.sequence}`,
          share: 0.5,
          seed: 1,
          sinceMs: 0,
          ...canary,
        },
      }),
    /** Nothing is served in place of a release. */
    withdraw: (sequence: number) =>
      registry.put(pk, CURRENT_SK, currentRow({ sequence, version: null, lastSequence: sequence })),
    open: (options: Partial<ReaderOptions> & { models?: ObjectStore } = {}) =>
      openReader({
        ...{ scene: 'feed', models, registry, online },
        identify: (user) => `hash of ${user}`,
        onFault: (fault, during) => faults.push(`${during}: ${(fault as Error).message}`),
        timer: manualTimer().timer,
        ...options,
      }),
  }
}
