import { createHash } from 'node:crypto'
import { type Authorize, allowAll } from './authorize.ts'
import { jsonService, ServiceError } from './json-service.ts'
import type { Caller, Service } from './ports.ts'

export interface SecretDeclaration {
  name: string
  arn: string
  logicalId: string
  /** The generated text is this member of a JSON object, and not the whole secret. */
  within?: { template: string; member: string }
}

function generate({ logicalId, within }: SecretDeclaration, seed: number): string {
  const text = createHash('sha256').update(`${seed}/${logicalId}`).digest('hex')
  return within ? JSON.stringify({ ...JSON.parse(within.template), [within.member]: text }) : text
}

/**
 * Secrets Manager for secrets that a template has generated. On AWS the first value is random; here
 * it is derived from the run's seed, since a replay must hash the same people to the same bytes.
 */
export function secretsService(
  secrets: readonly SecretDeclaration[],
  seed: number,
  authorize: Authorize = allowAll,
): Service {
  const find = (
    input: Record<string, unknown>,
    caller: Caller,
    action: string,
  ): SecretDeclaration => {
    const id = String(input['SecretId'] ?? '')
    const secret = secrets.find(({ name, arn }) => id === name || id === arn)
    const { allowed, reason } = authorize(caller, action, secret?.arn ?? id)
    if (!allowed) throw new ServiceError('AccessDeniedException', reason)
    if (!secret)
      throw new ServiceError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      )
    return secret
  }
  /** Values that clients have put, by ARN. */
  const values = new Map<string, string>()
  const versionOf = ({ arn, name }: SecretDeclaration) => ({
    ARN: arn,
    Name: name,
    VersionId: 'local',
    VersionStages: ['AWSCURRENT'],
  })
  return jsonService('secretsmanager', {
    GetSecretValue(input, caller) {
      const secret = find(input, caller, 'secretsmanager:GetSecretValue')
      return {
        ...versionOf(secret),
        SecretString: values.get(secret.arn) ?? generate(secret, seed),
      }
    },
    PutSecretValue(input, caller) {
      const secret = find(input, caller, 'secretsmanager:PutSecretValue')
      const { SecretString: text } = input
      if (typeof text !== 'string')
        throw new ServiceError('InvalidParameterException', 'SecretString: expected text')
      values.set(secret.arn, text)
      return versionOf(secret)
    },
    DescribeSecret(input, caller) {
      const { arn, name } = find(input, caller, 'secretsmanager:DescribeSecret')
      return { ARN: arn, Name: name }
    },
  })
}
