import { ArnFormat, Aws, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2'
import { PolicyDocument, PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, ResourcePolicy } from 'aws-cdk-lib/aws-logs'
import {
  type CfnDomain,
  Domain,
  EngineVersion,
  TLSSecurityPolicy,
} from 'aws-cdk-lib/aws-opensearchservice'
import type { Construct } from 'constructs'
import type { CreatedDomain } from '../functions/contract/search-server.ts'
import { DOMAIN_ACTIONS } from './grants.ts'
import type { PipelineParts } from './pipeline-parts.ts'

/** What a server is made with. */
export type ServerParts = Pick<PipelineParts, 'settings' | 'dataKey'>
/** The version of the real server in our tests (test/search-index/opensearch/node). */
const VERSION = EngineVersion.OPENSEARCH_2_19
/**
 * Creates a domain that only `writer` may use. Readers of the same account get `es:ESHttp*` on its ARN in
 * policies of their own.
 *
 * It is part of the disposable pipeline and is deleted with it: every document is in the lake, and the mirror
 * fills a new endpoint from there. A retained domain would cost the same each month, and follow no drop.
 */
export function createDomain(
  scope: Construct,
  server: CreatedDomain & { name: string; writer: Role },
  parts: ServerParts,
): { endpoint: string; arn: string } {
  const { name, instanceType, instances, volumeGiB, writer } = server
  const arn = Stack.of(scope).formatArn({
    service: 'es',
    resource: 'domain',
    resourceName: name,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
  const { logGroup, policy } = domainLogs(scope, parts, arn)
  const domain = new Domain(scope, 'Domain', {
    domainName: name,
    version: VERSION,
    capacity: { dataNodes: instances, dataNodeInstanceType: instanceType },
    ebs: { volumeSize: volumeGiB, volumeType: EbsDeviceVolumeType.GENERAL_PURPOSE_SSD_GP3 },
    ...(instances > 1 ? { zoneAwareness: { availabilityZoneCount: zonesOf(instances) } } : {}),
    encryptionAtRest: { kmsKey: parts.dataKey },
    nodeToNodeEncryption: true,
    enforceHttps: true,
    tlsSecurityPolicy: TLSSecurityPolicy.TLS_1_2_PFS,
    logging: {
      ...{ appLogEnabled: true, appLogGroup: logGroup },
      ...{ slowIndexLogEnabled: true, slowIndexLogGroup: logGroup },
      ...{ slowSearchLogEnabled: true, slowSearchLogGroup: logGroup },
    },
    // The CDK writes this policy, and that of the domain, with functions that may change any.
    suppressLogsResourcePolicy: true,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  domain.node.addDependency(policy)
  const resource = domain.node.defaultChild as CfnDomain
  resource.accessPolicies = accessOf(writer, arn)
  acknowledgeFindings(domain, instances)
  return { endpoint: `https://${domain.domainEndpoint}`, arn: domain.domainArn }
}

/** As many instances in each zone. */
const zonesOf = (instances: number): number => (instances % 3 === 0 ? 3 : 2)

const accessOf = (writer: Role, arn: string): PolicyDocument =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [writer.grantPrincipal],
        actions: DOMAIN_ACTIONS,
        resources: [`${arn}/*`],
      }),
    ],
  })

function domainLogs(
  scope: Construct,
  { settings, dataKey }: ServerParts,
  domainArn: string,
): { logGroup: LogGroup; policy: ResourcePolicy } {
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: settings.logRetentionDays,
    encryptionKey: dataKey,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  // "Monitoring OpenSearch logs": the service may write for this domain of this account alone.
  const policy = new ResourcePolicy(scope, 'LogsPolicy', {
    policyStatements: [
      new PolicyStatement({
        principals: [new ServicePrincipal('es.amazonaws.com')],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': domainArn },
        },
      }),
    ],
  })
  return { logGroup, policy }
}

function acknowledgeFindings(domain: Domain, instances: number): void {
  const reasons = {
    OS1: 'The pipeline has no VPC. The domain refuses every request that no granted role has signed.',
    OS3: 'A function has no fixed address. The policy names its role instead, and requests are signed.',
    OS4: 'The domain is a copy. While it has no leader, drops wait in the queue and are sent again.',
    ...(instances > 1
      ? {}
      : { OS7: 'The scene asks for one instance, which is in one Availability Zone.' }),
  }
  for (const [rule, reason] of Object.entries(reasons))
    Validations.of(domain).acknowledge({ id: `AwsSolutions-${rule}`, reason })
}
