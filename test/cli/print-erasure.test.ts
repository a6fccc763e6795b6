import { expect, test } from 'vitest'
import { isIncomplete, printErased, printErasing } from '../../cdk/cli/operate/print-erasure.ts'
import type { Erasing } from '../../functions/contract/erase.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'

const erasing: Erasing = {
  ...{ n: 9, scene: 'feed', erasure: 'e'.repeat(32), requestedMs: DAY0_MS, reason: 'asked' },
  ...{ status: 'erased', round: 1, step: 'scan of table registry', cursor: 'end', pending: null },
  removed: {
    closed: { rows: 1200, rewritten: 3, deleted: 0 },
    lineage: { rows: 2, rewritten: 0, deleted: 0 },
  },
  scanned: { objects: 40, bytes: 1e6, rows: 5000 },
  leftovers: { count: 0, first: [] },
  ...{ rawUntilMs: DAY0_MS + 14 * DAY_MS, quarantineUntilMs: DAY0_MS + 7 * DAY_MS },
}

test('The account of an erasure is printed by scene', () => {
  expect(printErased({ isDone: true, scenes: [erasing] })).toBe(`\
feed: erased, erasure ${'e'.repeat(32)} of 2026-01-05
  data     rows  rewritten  deleted
  ──────  ─────  ─────────  ───────
  closed  1,200          3        0
  the scan read 40 objects and pages, 5,000 rows, and found nothing of the person
  2 versions learned from the person: the lineage marks them
  raw records may name the person until 2026-01-19, quarantined ones until 2026-01-12`)
})

test('What the scan found is printed by name', () => {
  const first = ['lake: manifests/feed/runs/x.json']
  const left: Erasing = { ...erasing, status: 'incomplete', leftovers: { count: 1, first } }
  const text = printErased({ isDone: true, scenes: [left] })
  expect(text).toContain('found the person in 1, which a later call can remove:\n    lake: manif')
  expect(isIncomplete({ isDone: true, scenes: [erasing, left] })).toBe(true)
  expect(isIncomplete({ isDone: true, scenes: [erasing] })).toBe(false)
  expect(isIncomplete({})).toBe(false)
})

test('A person without data is said to have none', () => {
  const nothing: Erasing = { ...erasing, removed: {} }
  expect(printErased({ isDone: true, scenes: [nothing] })).toContain('no data named this person')
})

test('Progress names the step and the last object', () => {
  const running: Erasing = { ...erasing, status: 'running', step: 'closed', cursor: 'closed/a' }
  expect(printErasing({ isDone: false, scenes: [running] })).toBe(
    'feed: round 1, closed: 1,200 rows removed so far, at closed/a',
  )
})
