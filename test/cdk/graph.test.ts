import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ofType, type Resource, resourcesOf, statementsOfRole, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SHIPPED = join(import.meta.dirname, '..', '..', 'cdk', 'scenes', 'assistant.json')
/** The file of a scene whose graph asks a language model. */
function askingScene(modelId: string): string {
  const scene = JSON.parse(readFileSync(SHIPPED, 'utf8'))
  const languageModel = { kind: 'bedrock', modelId, relations: ['part-of'] }
  const path = join(temporaryFolder(), 'assistant.json')
  writeFileSync(path, JSON.stringify({ ...scene, graph: { ...scene.graph, languageModel } }))
  return path
}

let pipeline: Resource[]
beforeAll(() => {
  pipeline = resourcesOf(synthesize({ scenes: 'assistant' }), 'Pipeline')
})

/** The families of keys that a role may use so, without the buckets' names. */
const keysFor = (role: string, action: string): string[] =>
  statementsOfRole(pipeline, role)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources)
    .sort()

describe('Documents, graph and data for generators', () => {
  test('They run four hours after the daily run', () => {
    const schedules = ofType(pipeline, 'AWS::Scheduler::Schedule')
      .filter(({ id }) => id.startsWith('Graph'))
      .map(({ id, properties }) => [
        id.replace(/assistant[0-9A-F]{8}$/, ''),
        properties['ScheduleExpression'],
      ])
    expect(Object.fromEntries(schedules)).toEqual({
      GraphFolds: 'cron(30 6 * * ? *)',
      GraphPreferences: 'cron(30 6 * * ? *)',
    })
  })

  test('Drops of documents wait in a queue with an alarm for failures', () => {
    const rules = ofType(pipeline, 'AWS::Events::Rule').filter(({ id }) => id.startsWith('Graph'))
    expect(rules.map(({ properties }) => properties['EventPattern'])).toMatchObject([
      { detail: { object: { key: [{ wildcard: 'manifests/assistant/drops/*' }] } } },
    ])
    const alarms = ofType(pipeline, 'AWS::CloudWatch::Alarm').map(({ id }) =>
      id.replace(/[0-9A-F]{8}$/, ''),
    )
    expect(alarms).toEqual(
      expect.arrayContaining(['GraphFailedChunksFilledAlarm', 'WatchassistantGraphRefusedAlarm']),
    )
  })

  test('Chunks are dropped as items, and nothing else is written', () => {
    expect(keysFor('GraphChunkdropRole', 's3:PutObject')).toEqual(['Raw/raw/*/items/chunks/*'])
    expect(keysFor('GraphChunkdropRole', 's3:DeleteObject')).toEqual([])
  })

  test('The graph reads no users, and deletes graphs alone', () => {
    const read = keysFor('GraphFoldgraphRole', 's3:GetObject')
    expect(read.filter((key) => /clean\/\*\/(events|users)/.test(key))).toEqual([])
    expect(keysFor('GraphFoldgraphRole', 's3:DeleteObject')).toEqual(['Models/graph/*/*'])
  })

  test('Data for generators has no access to models and tables', () => {
    const statements = statementsOfRole(pipeline, 'GraphMakepreferencesRole')
    const services = statements.flatMap(({ actions }) => actions.map((one) => one.split(':')[0]))
    expect(services).not.toContain('dynamodb')
    expect(statements.flatMap(({ resources }) => resources).join()).not.toContain('Models/')
  })

  test.for([
    ['amazon.nova-lite-v1:0', ['foundation-model/amazon.nova-lite-v1:0']],
    [
      'eu.amazon.nova-lite-v1:0',
      ['foundation-model/*', 'inference-profile/eu.amazon.nova-lite-v1:0'],
    ],
    [
      'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2',
      ['foundation-model/*', 'application-inference-profile/a1b2'],
    ],
  ] as const)('A graph that asks %s may ask that one alone', ([modelId, expected]) => {
    const asking = resourcesOf(synthesize({ sceneFile: askingScene(modelId) }), 'Pipeline')
    const asked = statementsOfRole(asking, 'GraphFoldgraphRole')
      .filter(({ actions }) => actions.includes('bedrock:InvokeModel'))
      .flatMap(({ resources }) => resources)
    expect(asked).toHaveLength(expected.length)
    for (const name of expected) expect(asked.join()).toContain(name)
    expect(keysFor('GraphFoldgraphRole', 'bedrock:InvokeModel')).toEqual([])
  })
})
