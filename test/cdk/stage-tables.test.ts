import { describe, expect, test } from 'vitest'
import { families, ROOMS, STAGES, stages } from '../../cdk/rooms.ts'
import { dataTable, roomTable, stagesDocument, stageTable } from '../../cdk/stage-tables.ts'
import * as keys from '../../functions/contract/keys.ts'
import { declareStage, type Stage } from '../../functions/contract/stage.ts'

const cost = { invokedBy: 'run', requestsGrowWith: 'runs', bytesGrowWith: 'runs' } as const
const toy = declareStage({
  name: 'toy',
  description: 'Adds one',
  timeoutMinutes: 5,
  memoryMiB: 1024,
  readsScenes: false,
  lists: [keys.sampleFiles],
  writes: [keys.sampleManifests],
  tables: { registry: ['read', 'write'], online: ['read'] },
  cost,
})
const other: Stage = {
  ...toy,
  name: 'other',
  lists: [],
  reads: [keys.sampleManifests],
  writes: [keys.evaluations],
  tables: {},
}
const toys = [toy, other].map((stage) => ({ room: 'toys', stage }))
const rowsOf = (table: string): string[][] =>
  table
    .split('\n')
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '))

describe('The table of stages', () => {
  test('It has a row a stage, from its declaration', () => {
    expect(rowsOf(stageTable(toys))).toEqual([
      ['`toy`', 'toys', 'Adds one', '1,024', '5', 'a run', 'registry: read, write; online: read'],
      ['`other`', 'toys', 'Adds one', '1,024', '5', 'a run', '–'],
    ])
  })
})

describe('The table of data', () => {
  const used = [keys.evaluations, keys.sampleFiles, keys.sampleManifests]

  test('It counts a stage that lists a folder among the readers', () => {
    expect(rowsOf(dataTable(used, toys))).toEqual([
      [
        'sample manifests',
        'lake',
        '`samples/*/*/manifest.json`',
        '`toy`',
        '`toy`, `other`, the training job',
        '`lakeRetentionDays`',
        'no',
      ],
      ['evaluations', 'models', '`models/*/*/evaluation.json`', '`other`', '–', 'for good', 'yes'],
    ])
  })

  test('Something writes every family that a stage touches', () => {
    const rows = rowsOf(dataTable(families, stages))
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter(([, , , writers]) => writers === '–')).toEqual([])
  })
})

test('The table of rooms has every room that has stages', () => {
  const rooms = rowsOf(roomTable()).map(([link]) => /functions\/([\w-]+)`/.exec(link!)![1])
  expect(rooms).toEqual(ROOMS.flatMap((group) => Object.keys(group)))
  for (const room of Object.keys(STAGES)) expect(rooms).toContain(room)
})

test('The document of stages and data shows every declaration', async () => {
  await expect(stagesDocument(stages, families)).toMatchFileSnapshot('../../cdk/STAGES.md')
})
