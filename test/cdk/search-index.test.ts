import { beforeAll, describe, expect, test } from 'vitest'
import { mirroredSceneFile } from './mirrored-scene.ts'
import { ofType, type Resource, resourcesOf, statementsOfRole, synthesize } from './synthesized.ts'

const MODELS = 'Models/search/*/*'
let pipeline: Resource[]
beforeAll(() => {
  const context = { scenes: 'feed', sceneFile: mirroredSceneFile() }
  pipeline = resourcesOf(synthesize(context), 'Pipeline')
})

const grantsOf = (role: string, action: string): string[] =>
  statementsOfRole(pipeline, role)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources)
    .sort()

describe('the search index', () => {
  test('Only drops of scenes with search are sent to it', () => {
    const patterns = ofType(pipeline, 'AWS::Events::Rule')
      .filter(({ id }) => id.startsWith('SearchIndex'))
      .map(({ properties }) => JSON.stringify(properties['EventPattern']))
    expect(patterns).toHaveLength(2)
    for (const pattern of patterns) {
      expect(pattern).toContain('"wildcard":"manifests/search/drops/*"')
      expect(pattern).not.toContain('manifests/feed')
    }
  })

  test('Each function reaches what its stage declares, and no more', () => {
    const puts = ['SearchIndexIndexdropRole', 'SearchIndexRebuildindexRole'].map((role) =>
      grantsOf(role, 's3:PutObject'),
    )
    expect(puts).toEqual([[MODELS], ['Lake/search-queries/*/*', MODELS]])
    expect(grantsOf('SearchIndexSearchRole', 's3:PutObject')).toEqual([])
    expect(grantsOf('SearchIndexSearchRole', 's3:GetObject')).toEqual([
      ...['Models/embeddings/*/*', 'Models/graph/*/*', MODELS],
    ])
    expect(grantsOf('SearchIndexSearchRole', 'dynamodb:PutItem')).toEqual([])
    expect(grantsOf('SearchIndexIndexdropRole', 's3:DeleteObject')).toEqual([])
    expect(grantsOf('SearchIndexRebuildindexRole', 's3:DeleteObject')).toEqual([MODELS])
  })

  test('The mirror may write to its domain and to no other', () => {
    const domain = 'arn:aws:es:eu-west-1:123456789012:domain/shop/*'
    expect(grantsOf('SearchIndexMirrordropRole', 'es:ESHttpPost')).toEqual([domain])
    expect(grantsOf('SearchIndexIndexdropRole', 'es:ESHttpPost')).toEqual([])
  })

  test('The URL of the search asks for a signature of IAM', () => {
    const [url, ...others] = ofType(pipeline, 'AWS::Lambda::Url')
    expect(others).toEqual([])
    expect(url!.properties).toMatchObject({ AuthType: 'AWS_IAM' })
    const everyone = ofType(pipeline, 'AWS::Lambda::Permission').filter(
      ({ properties }) => properties['Principal'] === '*',
    )
    expect(everyone).toEqual([])
  })

  test('A scene without search has none of it', () => {
    const plain = resourcesOf(synthesize({ scenes: 'feed' }), 'Pipeline')
    expect(plain.filter(({ id }) => id.startsWith('SearchIndex'))).toEqual([])
  })
})
