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

function valueOf({ logicalId, within }: SecretDeclaration, seed: number): string {
  const text = createHash('sha256').update(`${seed}/${logicalId}`).digest('hex')
  return within ? JSON.stringify({ ...JSON.parse(within.template), [within.member]: text }) : text
}

/**
 * Secrets Manager for secrets that a template has generated. On AWS the value is random; here it
 * is derived from the run's seed, since a replay must hash the same people to the same bytes.
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
  return jsonService('secretsmanager', {
    GetSecretValue(input, caller) {
      const secret = find(input, caller, 'secretsmanager:GetSecretValue')
      const { arn, name } = secret
      return {
        ARN: arn,
        Name: name,
        SecretString: valueOf(secret, seed),
        VersionId: 'local',
        VersionStages: ['AWSCURRENT'],
      }
    },
    DescribeSecret(input, caller) {
      const { arn, name } = find(input, caller, 'secretsmanager:DescribeSecret')
      return { ARN: arn, Name: name }
    },
  })
}
