import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resourcesOf, synthesize } from './synthesized.ts'

const assembly = synthesize({ scenes: 'feed' })

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
