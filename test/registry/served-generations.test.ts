import { expect, test } from 'vitest'
import type { DecisionRow, ReleaseRow } from '../../functions/contract/registry.ts'
import { servedAt } from '../../functions/contract/served-generations.ts'
import { loadServedGenerations } from '../../functions/registry/served-generations.ts'

const decided = (
  timeMs: number,
  kind: DecisionRow['kind'],
  from: number | null,
  to: number | null,
): DecisionRow => ({
  ...{ timeMs, kind, from, to, tier: 'daily', version: null, reason: '' },
  evidence: {},
})
const released = (sequence: number, generation: string | null) =>
  ({
    sequence,
    parts: generation === null ? {} : { space: { generation } },
  }) as unknown as ReleaseRow

const RELEASES = [released(1, null), released(2, 'a'), released(3, 'a'), released(4, 'b')]
const load = (decisions: DecisionRow[]) =>
  loadServedGenerations(
    { decisions: async () => decisions, releases: async () => RELEASES },
    'space',
  )

test('Each change of the served generation is listed once', async () => {
  const served = await load([
    decided(10, 'flip', null, 1),
    decided(20, 'flip', 1, 2),
    decided(25, 'refusal', 2, 2),
    decided(30, 'flip', 2, 3),
    decided(35, 'canary', 3, 4),
    decided(40, 'promotion', 3, 4),
    decided(50, 'rollback', 4, 3),
    decided(60, 'withdrawal', 3, null),
  ])
  expect(served).toEqual([
    { sinceMs: 20, generation: 'a' },
    { sinceMs: 40, generation: 'b' },
    { sinceMs: 50, generation: 'a' },
    { sinceMs: 60, generation: null },
  ])
  expect([0, 19, 20, 45, 59, 60].map((timeMs) => servedAt(served, timeMs))).toEqual([
    ...[null, null, 'a', 'b', 'a', null],
  ])
})

test('A scene without releases has served nothing', async () => {
  expect(await load([])).toEqual([])
})
