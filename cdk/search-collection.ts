import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Role } from 'aws-cdk-lib/aws-iam'
import {
  CfnAccessPolicy,
  CfnCollection,
  CfnSecurityPolicy,
} from 'aws-cdk-lib/aws-opensearchserverless'
import type { Construct } from 'constructs'
import type { CreatedCollection } from '../functions/contract/search-server.ts'
import type { ServerParts } from './search-domain.ts'

/**
 * What the mirror does: it makes, describes and deletes indexes, writes documents, and moves an alias.
 * "Supported operations and plugins in Amazon OpenSearch Serverless".
 */
const INDEX_PERMISSIONS = [
  'aoss:CreateIndex',
  'aoss:DescribeIndex',
  'aoss:DeleteIndex',
  'aoss:WriteDocument',
]
const ALIAS_PERMISSIONS = [
  'aoss:CreateCollectionItems',
  'aoss:UpdateCollectionItems',
  'aoss:DeleteCollectionItems',
]

/**
 * Creates a collection for searches that only `writer` may use. A data access policy of their own admits
 * readers. It is deleted with the pipeline, for the reasons that `createDomain` gives.
 */
export function createCollection(
  scope: Construct,
  { name, standbyReplicas, writer }: CreatedCollection & { name: string; writer: Role },
  { dataKey }: ServerParts,
): { endpoint: string; arn: string } {
  const stack = Stack.of(scope)
  const ofCollection = { ResourceType: 'collection', Resource: [`collection/${name}`] }
  const ofIndexes = { ResourceType: 'index', Resource: [`index/${name}/*`] }
  const encryption = new CfnSecurityPolicy(scope, 'Encryption', {
    name,
    type: 'encryption',
    policy: stack.toJsonString({ Rules: [ofCollection], KmsARN: dataKey.keyArn }),
  })
  // The pipeline has no VPC. Dashboards get no address, and unsigned requests no answer.
  const network = new CfnSecurityPolicy(scope, 'Network', {
    name,
    type: 'network',
    policy: stack.toJsonString([{ Rules: [ofCollection], AllowFromPublic: true }]),
  })
  const access = new CfnAccessPolicy(scope, 'Access', {
    name,
    type: 'data',
    policy: stack.toJsonString([
      {
        Rules: [
          { ...ofCollection, Permission: ALIAS_PERMISSIONS },
          { ...ofIndexes, Permission: INDEX_PERMISSIONS },
        ],
        Principal: [writer.roleArn],
      },
    ]),
  })
  const collection = new CfnCollection(scope, 'Collection', {
    name,
    type: 'SEARCH',
    standbyReplicas: standbyReplicas ? 'ENABLED' : 'DISABLED',
  })
  for (const policy of [encryption, network, access]) collection.addResourceDependency(policy)
  collection.applyRemovalPolicy(RemovalPolicy.DESTROY)
  return { endpoint: collection.attrCollectionEndpoint, arn: collection.attrArn }
}
