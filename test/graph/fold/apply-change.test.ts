import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphShardKey } from '../../../functions/contract/claim-keys.ts'
import type { Claim } from '../../../functions/contract/claims.ts'
import { graphSnapshotSchema } from '../../../functions/contract/graph.ts'
import { encodeFacts } from '../../../functions/graph/claims/encode.ts'
import {
  applyChange,
  emptySnapshot,
  readFacts,
  readSubjects,
} from '../../../functions/graph/fold/apply-change.ts'
import { createFold, FOR_GOOD } from '../../../functions/graph/fold/fold.ts'
import { NOISY_OR } from '../../../functions/graph/fold/fuse.ts'
import { memoryObjects } from '../../make/memory-objects.ts'
import { arbitraryClaim } from '../claims/arbitrary-claim.ts'
import { claim, source } from '../claims/make-claims.ts'

const GRAPH = { scene: 'shop', generation: '0123abcd-0000000001000' }
const empty = (shards = 4) => emptySnapshot(GRAPH, shards, NOISY_OR)
const withdrawal = (name: string) => ({ source: name, throughMs: FOR_GOOD })
const brands = (count: number, fields: Partial<Claim> = {}): Claim[] =>
  Array.from({ length: count }, (_, n) => claim({ subject: `item:i${n}`, ...fields }))

describe('the graph in objects', () => {
  test('Increments in any order end in the graph of one full build', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryClaim, { maxLength: 8 }), { maxLength: 6 }),
        fc.uniqueArray(fc.constantFrom(...['a', 'b', 'c'].map(source)), { maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        async (batches, withdrawn, draws) => {
          const store = memoryObjects()
          const changes = [
            ...[...batches, ...batches].map((added) => ({ added, withdrawn: [] })),
            ...[...withdrawn, ...withdrawn].map((gone) => ({
              ...{ added: [], withdrawn: [withdrawal(gone)] },
            })),
          ]
          let kept = empty()
          while (changes.length > 0) {
            const at = (draws.next().value as number) % changes.length
            const [change] = changes.splice(at, 1)
            kept = (await applyChange(store, kept, change!, NOISY_OR)).snapshot
          }
          const all = {
            ...{ added: batches.flat(), withdrawn: withdrawn.map(withdrawal) },
          }
          const { snapshot: full } = await applyChange(store, empty(), all, NOISY_OR)
          const direct = createFold()
          direct.add(all.added.filter((one) => !withdrawn.includes(one.source)))
          expect({ ...kept, n: 0 }).toEqual({ ...full, n: 0 })
          expect(encodeFacts(await readFacts(store, kept))).toEqual(direct.all())
        },
      ),
      { numRuns: 40 },
    )
  })

  test('Adding a source and withdrawing it restores every object', async () => {
    const store = memoryObjects()
    const first = { added: brands(50), withdrawn: [] }
    const { snapshot: a } = await applyChange(store, empty(), first, NOISY_OR)
    const b = brands(30, { source: 'b', object: 'brand:other' })
    const both = await applyChange(store, a, { added: b, withdrawn: [] }, NOISY_OR)
    expect(both.snapshot.facts).not.toEqual(a.facts)
    const gone = { added: [], withdrawn: [withdrawal(source('b'))] }
    const { snapshot: back, touched } = await applyChange(store, both.snapshot, gone, NOISY_OR)
    expect(touched).toHaveLength(30)
    expect([back.claims, back.facts, back.sources]).toEqual([a.claims, a.facts, a.sources])
    expect(graphSnapshotSchema.parse(back)).toEqual(back)
  })

  test('A repeated change gives the same snapshot and writes nothing', async () => {
    const store = memoryObjects()
    const change = { added: brands(20), withdrawn: [withdrawal(source('gone'))] }
    const { snapshot } = await applyChange(store, empty(), change, NOISY_OR)
    const keys = [...store.contents.keys()]
    const again = await applyChange(store, snapshot, change, NOISY_OR)
    expect(again).toMatchObject({ snapshot, touched: [], work: { subjects: 0 } })
    expect([...store.contents.keys()]).toEqual(keys)
  })

  test('A change reads and writes only shards of its subjects', async () => {
    const store = memoryObjects()
    const added = brands(2000)
    const { snapshot } = await applyChange(store, empty(64), { added, withdrawn: [] }, NOISY_OR)
    const reads: string[] = []
    const watched = {
      ...store,
      get: (key: string) => {
        reads.push(key)
        return store.get(key)
      },
    }
    const written = store.contents.size
    const one = { added: brands(1, { source: 'b' }), withdrawn: [] }
    const { work, snapshot: next } = await applyChange(watched, snapshot, one, NOISY_OR)
    expect(work).toEqual({ subjects: 1, claims: 2 })
    // Its claims and facts, and the shard of the index where the source is entered.
    expect(reads.filter((key) => !key.includes('/sources/'))).toHaveLength(2)
    expect(store.contents.size - written).toBe(3)
    expect(next.facts.filter((digest, at) => digest !== snapshot.facts[at])).toHaveLength(1)
  })

  test('The facts of some subjects are read from their shards', async () => {
    const store = memoryObjects()
    const change = { added: brands(20), withdrawn: [] }
    const { snapshot } = await applyChange(store, empty(), change, NOISY_OR)
    const found = await readSubjects(store, snapshot, ['item:i3', 'item:none'])
    expect(found.get('item:i3')).toMatchObject([{ object: 'brand:acme' }])
    expect(found.get('item:none')).toEqual([])
  })

  test('Another fusion than the snapshot has is refused', async () => {
    const other = { ...NOISY_OR, name: 'learned@1' }
    const change = { added: [], withdrawn: [] }
    await expect(applyChange(memoryObjects(), empty(), change, other)).rejects.toThrow(
      /fusion noisy-or@1, got learned@1/,
    )
  })

  test('A changed object is found by the digest in its name', async () => {
    const store = memoryObjects()
    const change = { added: brands(3), withdrawn: [] }
    const { snapshot } = await applyChange(store, empty(1), change, NOISY_OR)
    const key = graphShardKey({
      ...{ ...GRAPH, table: 'facts', shard: 0, digest: snapshot.facts[0]! },
    } as const)
    const bytes = (await store.get(key)).slice()
    bytes[20]! ^= 1
    await store.put(key, bytes)
    await expect(readFacts(store, snapshot)).rejects.toThrow(/expected [0-9a-f]{32}/)
  })
})
