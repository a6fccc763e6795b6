import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownScene } from '../readme/files.ts'
import { outlineOf } from './outline.ts'
import { ofType, resourcesOf, synthesize } from './synthesized.ts'
import { temporaryFolder } from './temporary-folder.ts'

// The README's scene of one's own stands beside the feed: what is kept is the same whichever there are.
const own = join(temporaryFolder(), 'search.json')
writeFileSync(own, ownScene())
const assembly = synthesize({ scenes: 'feed', sceneFile: own })

describe('the store', () => {
  test('keeps the logical ids of what holds data: under another, it would be another and empty', () => {
    const kept = resourcesOf(assembly, 'Store')
      .filter(({ deletionPolicy }) => deletionPolicy === 'Retain')
      .map(({ id, type }) => `${type} ${id}`)
    expect(kept.sort()).toEqual([
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
    ])
  })

  test('is the template that was last looked at', async () => {
    // Nothing in it is named by a digest: it changes when somebody changes it, and then in a review.
    const text = readFileSync(join(assembly, 'QuartermasterStore.template.json'), 'utf8')
    expect(text).not.toMatch(/[0-9a-f]{64}/)
    await expect(text).toMatchFileSnapshot('golden/store.template.txt')
  })
})

describe('the pipeline', () => {
  test('deploys what was last looked at: who may do what on what, and when it does it', async () => {
    const plain = synthesize({ scenes: 'feed' })
    const outline = outlineOf(resourcesOf(plain, 'Pipeline'))
    await expect(outline).toMatchFileSnapshot('golden/pipeline.outline.txt')
  })
})

describe('a scene of one’s own', () => {
  test('as the README makes one, runs on schedules and under alarms of its own, as the feed does', () => {
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
