import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { AwsSolutionsChecks } from 'cdk-nag'
import { beforeAll, describe, expect, test } from 'vitest'
import { ConfigurationError, readDeployment, readScene } from '../../cdk/config.ts'
import { CDK_FLAGS } from '../../cdk/flags.ts'
import { searchServers } from '../../cdk/search-server.ts'
import { openSearchSchema } from '../../functions/contract/search-server.ts'
import { mirroredSceneFile } from './mirrored-scene.ts'
import {
  ofType,
  type Resource,
  resourcesIn,
  resourcesOf,
  shortName,
  statementsOfRole,
  synthesize,
} from './synthesized.ts'

const FEED: Record<string, string> = { scenes: 'feed' }
const DOMAIN = 'AWS::OpenSearchService::Domain'
const COLLECTION = 'AWS::OpenSearchServerless::Collection'
const DATA_KEY = 'arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef'
const WRITES = ['es:ESHttpDelete', 'es:ESHttpGet', 'es:ESHttpPost', 'es:ESHttpPut']

/** A stack with the server of one scene, which the role `Mirror` writes to. */
function serverStack(openSearch: Record<string, unknown>, stackName = 'Pipeline'): Stack {
  const app = new App({ context: CDK_FLAGS, stackTraces: false })
  const stack = new Stack(app, stackName)
  const dataKey = Key.fromKeyArn(stack, 'DataKey', DATA_KEY)
  const settings = readDeployment((key) => FEED[key])
  const writer = new Role(stack, 'Mirror', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  })
  const scenes = [{ scene: 'shop', openSearch: openSearchSchema.parse(openSearch) }]
  const { allowWrites } = searchServers(stack, { settings, dataKey }, scenes, writer)
  allowWrites(writer)
  return stack
}
const serverOf = (openSearch: Record<string, unknown>, stackName?: string): Resource[] =>
  resourcesIn(Template.fromStack(serverStack(openSearch, stackName)).toJSON())
const propertiesOf = (resources: readonly Resource[], type: string): Record<string, unknown> =>
  ofType(resources, type)[0]!.properties
/** A template's text with each reference as the name that follows its resource's path. */
const textOf = (value: unknown): string => {
  const parts = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join']?.[1] ?? [value]
  return parts.map((part) => (typeof part === 'string' ? part : shortName(part))).join('')
}
const withoutHelpers = (resources: readonly Resource[]): void => {
  expect(resources.filter(({ type }) => type.startsWith('Custom::'))).toEqual([])
  for (const { id, properties } of ofType(resources, 'AWS::IAM::Role'))
    expect(properties['ManagedPolicyArns'], id).toBeUndefined()
}

describe('A created domain', () => {
  let resources: Resource[]
  let domain: Record<string, unknown>
  beforeAll(() => {
    resources = serverOf({ create: 'domain' })
    domain = propertiesOf(resources, DOMAIN)
  })

  test('A domain is encrypted at rest, between nodes and on the way', () => {
    expect(domain).toMatchObject({
      EngineVersion: 'OpenSearch_2.19',
      NodeToNodeEncryptionOptions: { Enabled: true },
      DomainEndpointOptions: {
        EnforceHTTPS: true,
        TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10',
      },
      EncryptionAtRestOptions: { Enabled: true },
      EBSOptions: { VolumeType: 'gp3', VolumeSize: 20 },
    })
    const { KmsKeyId } = domain['EncryptionAtRestOptions'] as { KmsKeyId: unknown }
    expect(KmsKeyId).toBe(DATA_KEY.split('/')[1])
  })

  test('Its policy names the mirror role and nobody else', () => {
    const { Statement: statements } = domain['AccessPolicies'] as {
      Statement: Record<string, unknown>[]
    }
    expect(statements).toHaveLength(1)
    const [{ Principal, Action, Resource: resource }] = statements as [Record<string, unknown>]
    const { AWS: role } = Principal as { AWS: { 'Fn::GetAtt': [string, string] } }
    expect(role['Fn::GetAtt'][0]).toMatch(/^Mirror[0-9A-F]{8}$/)
    expect(Action).toEqual(WRITES)
    expect(textOf(resource)).toMatch(/:domain\/shop-[0-9a-f]{8}\/\*$/)
    expect(textOf(resource)).toContain(`:domain/${domain['DomainName']}/`)
  })

  test('The mirror may write to its domain and to no other', () => {
    const [granted, ...others] = statementsOfRole(resources, 'Mirror')
    expect(others).toEqual([])
    expect(granted!.actions).toEqual(WRITES)
    expect(granted!.resources).toEqual(['ServerdomainshopDomain/*'])
  })

  test('Its logs are encrypted, and only this domain may write them', () => {
    const published = domain['LogPublishingOptions'] as Record<string, { Enabled: boolean }>
    expect(Object.keys(published).sort()).toEqual([
      'ES_APPLICATION_LOGS',
      'INDEX_SLOW_LOGS',
      'SEARCH_SLOW_LOGS',
    ])
    const policy = textOf(propertiesOf(resources, 'AWS::Logs::ResourcePolicy')['PolicyDocument'])
    expect(policy).toContain('"Service":"es.amazonaws.com"')
    expect(policy).toContain(`:domain/${domain['DomainName']}"`)
    const logs = ofType(resources, 'AWS::Logs::LogGroup').find(({ id }) => id.includes('Server'))
    expect(logs!.properties['KmsKeyId']).toBe(DATA_KEY)
  })

  test('It is deleted with the pipeline, without a helper function', () => {
    expect(ofType(resources, DOMAIN)[0]!.deletionPolicy).toBe('Delete')
    withoutHelpers(resources)
  })

  test.each([
    [1, false, undefined],
    [2, true, 2],
    [6, true, 3],
  ])('A domain of %i instances spreads over zones evenly', (instances, isSpread, zones) => {
    const { ClusterConfig } = propertiesOf(serverOf({ create: 'domain', instances }), DOMAIN)
    expect(ClusterConfig).toMatchObject({
      ...{ InstanceCount: instances, ZoneAwarenessEnabled: isSpread },
      ...(zones === undefined ? {} : { ZoneAwarenessConfig: { AvailabilityZoneCount: zones } }),
    })
  })
})

describe('A created collection', () => {
  let resources: Resource[]
  let name: string
  const policyOf = (type: string): string => {
    const policies = resources.filter(({ properties }) => properties['Type'] === type)
    expect(policies.map(({ properties }) => properties['Name'])).toEqual([name])
    return textOf(policies[0]!.properties['Policy'])
  }
  beforeAll(() => {
    resources = serverOf({ create: 'collection', standbyReplicas: false })
    name = String(propertiesOf(resources, COLLECTION)['Name'])
  })

  test('A collection is for searches, with a standby if asked for', () => {
    expect(propertiesOf(resources, COLLECTION)).toMatchObject({
      ...{ Type: 'SEARCH', StandbyReplicas: 'DISABLED' },
    })
    const standing = serverOf({ create: 'collection' })
    expect(propertiesOf(standing, COLLECTION)['StandbyReplicas']).toBe('ENABLED')
  })

  test('The data key encrypts its documents, and no dashboard is reached', () => {
    const collection = [{ ResourceType: 'collection', Resource: [`collection/${name}`] }]
    expect(JSON.parse(policyOf('encryption'))).toEqual({ Rules: collection, KmsARN: DATA_KEY })
    expect(JSON.parse(policyOf('network'))).toEqual([{ Rules: collection, AllowFromPublic: true }])
  })

  test('Only the mirror role may write to it, and nobody may read', () => {
    const [rule, ...others] = JSON.parse(policyOf('data')) as {
      Principal: string[]
      Rules: { Permission: string[] }[]
    }[]
    expect(others).toEqual([])
    expect(rule!.Principal).toEqual(['Mirror'])
    expect(rule!.Rules.flatMap(({ Permission }) => Permission)).not.toContain('aoss:ReadDocument')
    const granted = statementsOfRole(resources, 'Mirror')
    expect(granted.map(({ actions }) => actions)).toEqual([['aoss:APIAccessAll']])
    expect(granted[0]!.resources).toEqual(['ServercollectionshopCollection'])
    withoutHelpers(resources)
  })
})

describe('Created servers', () => {
  test.each([
    { create: 'domain', instances: 1 },
    { create: 'domain', instances: 2 },
    { create: 'collection' },
  ])('The security rules find nothing in %o', (openSearch) => {
    const { node } = serverStack(openSearch)
    expect(new AwsSolutionsChecks().validateScope(node.root).violations).toEqual([])
  })

  test.each(['domain', 'collection'])('Another stack gives its %s another name', (create) => {
    const [first, again, other] = ['Pipeline', 'Pipeline', 'dev-Pipeline'].map((stackName) => {
      const { DomainName, Name } = propertiesOf(
        serverOf({ create }, stackName),
        create === 'domain' ? DOMAIN : COLLECTION,
      )
      return DomainName ?? Name
    })
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  test('The deployed mirror knows the endpoint of its domain', () => {
    const context = { scenes: 'feed', sceneFile: mirroredSceneFile({ create: 'domain' }) }
    const pipeline = resourcesOf(synthesize(context), 'Pipeline')
    const mirror = ofType(pipeline, 'AWS::Lambda::Function').find(({ id }) =>
      id.startsWith('SearchIndexMirrordrop'),
    )!
    const { Variables } = mirror.properties['Environment'] as { Variables: Record<string, object> }
    expect(JSON.stringify(Variables['CREATED_SERVERS'])).toMatch(
      /"{\\"search\\":\\"https:\/\/",{"Fn::GetAtt":\["SearchIndexServerdomainsearchDomain[0-9A-F]{8}","DomainEndpoint"\]},"\\"}"/,
    )
    withoutHelpers(pipeline)
  })

  test('A server of the user leaves the list of created ones empty', () => {
    const stack = new Stack()
    const own = { endpoint: 'http://localhost:9200', access: 'none' }
    const openSearch = openSearchSchema.parse(own)
    const parts = { settings: readDeployment((key) => FEED[key]) }
    const dataKey = Key.fromKeyArn(stack, 'DataKey', DATA_KEY)
    const writer = new Role(stack, 'Mirror', { assumedBy: new ServicePrincipal('lambda') })
    const scenes = [{ scene: 'shop', openSearch }]
    const { createdEndpoints } = searchServers(stack, { ...parts, dataKey }, scenes, writer)
    expect(stack.resolve(createdEndpoints)).toBe('{}')
  })
})

describe('The configuration of a server', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'another kind',
      { create: 'cluster' },
      'search.openSearch.create: expected "domain" or "collection", or an endpoint and no "create", got "cluster"',
    ],
    [
      'an endpoint of a created one',
      { create: 'domain', endpoint: 'https://a.example' },
      'search.openSearch.endpoint: is not a field of a scene, got "https://a.example"',
    ],
    [
      'five instances',
      { create: 'domain', instances: 5 },
      'search.openSearch.instances: expected 1, or a multiple of 2 or 3: as many in each Availability Zone, got 5',
    ],
    [
      'instances without volumes',
      { create: 'domain', instanceType: 'i3.large.search' },
      'search.openSearch.instanceType: expected a type with volumes, such as r6g.large.search, got "i3.large.search"',
    ],
    [
      'a domain of one GiB',
      { create: 'domain', volumeGiB: 1 },
      'search.openSearch.volumeGiB: Too small: expected number to be >=10, got 1',
    ],
    [
      'a server without its ARN',
      { endpoint: 'https://a.example' },
      'search.openSearch.arn: access "es" needs the ARN to grant it, got nothing',
    ],
  ])('The configuration refuses %s in one sentence', (_what, openSearch, sentence) => {
    const path = mirroredSceneFile(openSearch)
    expect(() => readScene(path)).toThrow(ConfigurationError)
    expect(() => readScene(path)).toThrow(`${path}: ${sentence}`)
  })
})
