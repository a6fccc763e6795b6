import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ofType, type Resource, resourcesOf, statementsOfRole, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FEED = join(import.meta.dirname, '..', '..', 'cdk', 'scenes', 'feed.json')
/** The feed with another section `embeddings`, or none. */
function sceneFile(scene: string, embeddings: unknown): string {
  const { embeddings: _, ...feed } = JSON.parse(readFileSync(FEED, 'utf8'))
  const path = join(temporaryFolder(), `${scene}.json`)
  writeFileSync(path, JSON.stringify({ ...feed, scene, ...(embeddings ? { embeddings } : {}) }))
  return path
}
const pipelineOf = (context: Record<string, string>): Resource[] =>
  resourcesOf(synthesize(context), 'Pipeline')
const actionsOf = (pipeline: Resource[], role: string, service: string): string[] =>
  statementsOfRole(pipeline, role)
    .filter(({ actions }) => actions.some((action) => action.startsWith(`${service}:`)))
    .flatMap(({ actions, resources }) => actions.map((action) => `${action} ${resources.join()}`))
    .sort()

describe('the space', () => {
  let pipeline: Resource[]
  beforeAll(() => {
    pipeline = pipelineOf({ scenes: 'feed' })
  })

  test('It is trained after the daily run and placed after closings', () => {
    const schedules = ofType(pipeline, 'AWS::Scheduler::Schedule')
      .filter(({ id }) => id.startsWith('Embeddings'))
      .map(({ id, properties }) => [
        id.replace(/feed[0-9A-F]{8}$/, ''),
        properties['ScheduleExpression'],
      ])
    expect(Object.fromEntries(schedules)).toEqual({
      EmbeddingsWeekly: 'cron(30 5 * * ? *)',
      EmbeddingsHourly: 'cron(25 0/6 * * ? *)',
    })
  })

  test('Only the end of its own jobs is sent to it', () => {
    const rules = ofType(pipeline, 'AWS::Events::Rule').filter(({ id }) => id.startsWith('Embed'))
    expect(rules.map(({ properties }) => properties['EventPattern'])).toEqual([
      {
        source: ['aws.sagemaker'],
        'detail-type': ['SageMaker Training Job State Change'],
        detail: {
          RoleArn: [{ 'Fn::GetAtt': [expect.stringMatching(/^EmbeddingsTrainingRole/), 'Arn'] }],
          TrainingJobName: [{ prefix: 'qme-' }],
          TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
        },
      },
    ])
  })

  test('Its jobs read no lake and no model', () => {
    const reads = statementsOfRole(pipeline, 'EmbeddingsTrainingRole')
      .filter(({ actions }) => actions.includes('s3:GetObject'))
      .flatMap(({ resources }) => resources)
    expect(reads.sort()).toEqual([
      ...['Models/space-training/*/*/checkpoints/*', 'Models/space-training/*/*/input/*'],
    ])
  })

  test('Its image has both programs, and says which one a space needs', () => {
    const embed = ofType(pipeline, 'AWS::Lambda::Function').find(({ id }) =>
      id.startsWith('EmbeddingsEmbedFunction'),
    )
    const { MemorySize, Timeout, Environment } = embed!.properties as Record<string, unknown>
    expect([MemorySize, Timeout]).toEqual([10_240, 900])
    expect(Environment).toMatchObject({ Variables: { SPACE_TASK: 'deployed' } })
  })

  test('Another training image trains no space', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nENTRYPOINT ["node"]\n')
    const other = pipelineOf({ scenes: 'feed', trainingImage: folder })
    const variables = ofType(other, 'AWS::Lambda::Function')
      .map(({ properties }) => properties['Environment'] as { Variables: Record<string, string> })
      .find(({ Variables }) => Variables['SPACE_TASK'] !== undefined)!
    expect(variables.Variables['SPACE_TASK']).toBe('absent')
  })

  test('A scene without the section has none of it', () => {
    const plain = pipelineOf({ scenes: '', sceneFile: sceneFile('plain', null) })
    expect(plain.filter(({ id }) => id.startsWith('Embeddings'))).toEqual([])
    const alarms = ofType(plain, 'AWS::CloudWatch::Alarm').map(({ id }) => id)
    expect(alarms.filter((id) => /Space|Placement/.test(id))).toEqual([])
  })

  test('Only the two functions may write to another store of vectors', () => {
    const vectorStore = { kind: 's3-vectors', bucket: 'shop-vectors' }
    const mirrored = pipelineOf({ scenes: '', sceneFile: sceneFile('shop', { vectorStore }) })
    const [embed, place] = ['EmbeddingsEmbedRole', 'EmbeddingsPlaceRole'].map((role) =>
      actionsOf(mirrored, role, 's3vectors'),
    )
    expect(embed).toEqual(place)
    expect(embed).toHaveLength(6)
    expect(embed!.join()).toContain('bucket/shop-vectors/index/*')
    expect(actionsOf(pipeline, 'EmbeddingsEmbedRole', 's3vectors')).toEqual([])
    const domain = 'arn:aws:es:eu-west-1:123456789012:domain/shop'
    const openSearch = { kind: 'open-search', endpoint: 'https://search.example.org', arn: domain }
    const file = sceneFile('shop', { vectorStore: openSearch })
    const searched = pipelineOf({ scenes: '', sceneFile: file })
    expect(actionsOf(searched, 'EmbeddingsPlaceRole', 'es')).toContain(`es:ESHttpPost ${domain}/*`)
  })
})
