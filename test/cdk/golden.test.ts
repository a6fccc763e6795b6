import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownScene } from '../readme/files.ts'
import { outlineOf } from './outline.ts'
import { ofType, resourcesOf, shortName, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

// The README's scene of one's own stands beside the feed: what is kept is the same whichever there are.
const own = join(temporaryFolder(), 'search.json')
writeFileSync(own, ownScene())
const assembly = synthesize({ scenes: 'feed', sceneFile: own })
const templateText = (): string =>
  readFileSync(join(assembly, 'QuartermasterStore.template.json'), 'utf8')
/** What other stacks and commands read of the store, a line each. */
function outputs(): string {
  const { Outputs } = JSON.parse(templateText()) as {
    Outputs: Record<string, { Value: unknown; Export?: { Name: string } }>
  }
  return Object.entries(Outputs)
    .map(
      ([id, { Value, Export }]) => `Output ${id}: ${shortName(Value)} as ${Export?.Name ?? '-'}\n`,
    )
    .sort()
    .join('')
}

/** Under another logical id, what holds data would be another resource, and empty. */
const RETAINED = [
  'AWS::DynamoDB::Table OnlineD2D46C5D',
  'AWS::DynamoDB::Table Registry4DB9CCA5',
  'AWS::KMS::Key DataKey17AFBB84',
  'AWS::KMS::Key IdentityKeyF50EF652',
  'AWS::S3::Bucket AccessLogs8B620ECA',
  'AWS::S3::Bucket Lake5F1B88EA',
  'AWS::S3::Bucket ModelsC55D3500',
  'AWS::S3::Bucket Quarantine23FF09FE',
  'AWS::S3::Bucket Raw72517081',
  'AWS::SecretsManager::Secret IdentitySecretDF5B2705',
  'AWS::SecretsManager::Secret ProducersSecret25828443',
]

describe('The store', () => {
  const store = resourcesOf(assembly, 'Store')
  const kept = store
    .filter(({ deletionPolicy }) => deletionPolicy === 'Retain')
    .map(({ id, type }) => `${type} ${id}`)

  test.each(RETAINED)('The store retains %s under this logical id', (resource) => {
    expect(kept).toContain(resource)
  })

  test('The store retains nothing else', () => {
    expect(kept.filter((resource) => !RETAINED.includes(resource))).toEqual([])
  })

  test('The store keeps a retained resource that an update replaces', () => {
    const { Resources } = JSON.parse(templateText()) as {
      Resources: Record<string, { DeletionPolicy?: string; UpdateReplacePolicy?: string }>
    }
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of Object.entries(Resources))
      expect(UpdateReplacePolicy, id).toBe(DeletionPolicy)
  })

  test('The store deploys what was reviewed last', async () => {
    // No name in it is a digest: it changes only with the code of the store.
    expect(templateText()).not.toMatch(/[0-9a-f]{64}/)
    const tags = new Set(
      store.flatMap(({ properties: { Tags } }) => (Tags ? `Tags: ${JSON.stringify(Tags)}` : [])),
    )
    expect(tags.size).toBe(1)
    await expect(`${outlineOf(store)}\n${outputs()}${[...tags].join()}\n`).toMatchFileSnapshot(
      'golden/store.outline.txt',
    )
  })
})

describe('The pipeline', () => {
  test('The pipeline outline equals the reviewed snapshot of permissions and schedules', async () => {
    const plain = synthesize({ scenes: 'feed' })
    const outline = outlineOf(resourcesOf(plain, 'Pipeline'))
    await expect(outline).toMatchFileSnapshot('golden/pipeline.outline.txt')
  })
})

describe('A custom scene', () => {
  test('The README custom scene gets the same schedules and alarms as feed', () => {
    const pipeline = resourcesOf(assembly, 'Pipeline')
    const of = (type: string, scene: string): string[] =>
      ofType(pipeline, type)
        .map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''))
        .filter((id) => id.includes(scene))
        .map((id) => id.replace(scene, ''))
    for (const type of ['AWS::Scheduler::Schedule', 'AWS::CloudWatch::Alarm']) {
      expect(of(type, 'search').length, type).toBeGreaterThan(2)
      expect(of(type, 'search'), type).toEqual(of(type, 'feed'))
    }
  })
})
